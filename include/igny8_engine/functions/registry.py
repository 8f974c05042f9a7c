"""The functions by the types of the actions that they do."""

from __future__ import annotations

from typing import Any

from igny8_engine.functions.cluster_keywords import ClusterKeywords
from igny8_engine.functions.function import Function
from igny8_engine.functions.generate_content import GenerateContent
from igny8_engine.functions.generate_ideas import GenerateIdeas
from igny8_engine.functions.generate_images import GenerateImages
from igny8_engine.functions.generate_page_content import GeneratePageContent
from igny8_engine.functions.generate_site_structure import GenerateSiteStructure
from igny8_engine.functions.optimize_content import OptimizeContent
from igny8_engine.functions.publish_to_wordpress import PublishToWordPress
from igny8_engine.functions.request_approval import RequestApproval

FUNCTIONS: dict[str, Function[Any]] = {
    function.type: function
    for function in (
        ClusterKeywords(),
        GenerateIdeas(),
        GenerateContent(),
        GenerateImages(),
        GenerateSiteStructure(),
        GeneratePageContent(),
        OptimizeContent(),
        RequestApproval(),
        PublishToWordPress(),
    )
}
