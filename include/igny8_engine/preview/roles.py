"""What the users of the preview site may do: WordPress' roles, as far as publishing goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Role = Literal["editor", "author", "contributor", "subscriber"]

_CONTRIBUTOR: Final = frozenset({"read", "edit_posts", "delete_posts"})
_AUTHOR: Final = _CONTRIBUTOR | {"publish_posts", "upload_files", "edit_published_posts", "delete_published_posts"}
_EDITOR: Final = _AUTHOR | {
    "edit_others_posts",
    "delete_others_posts",
    "read_private_posts",
    "manage_categories",
    "edit_pages",
    "publish_pages",
    "edit_published_pages",
    "edit_others_pages",
    "delete_pages",
    "delete_published_pages",
    "delete_others_pages",
    "read_private_pages",
}

CAPABILITIES: Final[Mapping[Role, frozenset[str]]] = {
    "editor": _EDITOR,
    "author": _AUTHOR,
    "contributor": _CONTRIBUTOR,
    "subscriber": frozenset({"read"}),
}
