"""Two accounts under Airflow's SimpleAuthManager, which has roles and no permissions for single Dags."""

from __future__ import annotations

from collections.abc import Callable

from automation_client import Automation


def test_a_role_reaches_as_far_in_one_account_as_in_another(
    login: Callable[[str], Automation], automation: Automation
) -> None:
    viewer, user = login("vera"), login("ulla")
    for account in ("demo", "another"):
        rule = automation.make(account=account, status="paused")
        path = f"/rules/{rule['id']}/"
        for each in (viewer, user):
            assert each.ok("GET", path)["account"] == account
            listed = each.ok("GET", "/rules/", params={"account": account, "search": rule["name"]})
            assert [found["id"] for found in listed] == [rule["id"]]
        viewer.refused("PATCH", path, {"description": "mine"}, 403)
        viewer.refused("POST", f"{path}execute/", status=403)
        viewer.refused("DELETE", path, status=403)
        assert user.ok("PATCH", path, {"description": "ours"})["description"] == "ours"
        assert automation.ok("GET", path)["revision"] == 2
