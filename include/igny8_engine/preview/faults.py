"""What the preview site says when it does not do what it was asked: WordPress' codes, messages and statuses."""

from __future__ import annotations

from collections.abc import Mapping


class RestFaultError(Exception):
    """An answer that is a refusal, in WordPress' shape."""

    def __init__(self, status: int, code: str, message: str, **data: object) -> None:
        self.status = status
        self.code = code
        self.data: Mapping[str, object] = {"status": status, **data}
        super().__init__(message)

    def body(self) -> dict[str, object]:
        """The JSON of the answer."""
        return {"code": self.code, "message": str(self), "data": dict(self.data)}


def forbidden(code: str, message: str, *, logged_in: bool) -> RestFaultError:
    """The refusal for those who may not: 401 for strangers, 403 for users."""
    return RestFaultError(403 if logged_in else 401, code, message)


def invalid(parameter: str, why: str) -> RestFaultError:
    """The refusal of a parameter."""
    return RestFaultError(
        400, "rest_invalid_param", f"Invalid parameter(s): {parameter}", params={parameter: why}, details={}
    )


def forbidden_status(*, logged_in: bool) -> RestFaultError:
    """The refusal to list drafts: a bad parameter to look at, with the true reason inside."""
    why = "Status is forbidden."
    inner = {"code": "rest_forbidden_status", "message": why, "data": {"status": 403 if logged_in else 401}}
    return RestFaultError(
        400,
        "rest_invalid_param",
        "Invalid parameter(s): status",
        params={"status": why},
        details={"status": inner},
    )
