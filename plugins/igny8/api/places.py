"""Whose content a caller may see or change: an account's, when the caller may do so with a rule of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from fastapi import Depends, Query
from fastapi.concurrency import run_in_threadpool

from igny8.api.access import Caller, CurrentCaller
from igny8.api.content import Sites
from igny8.api.envelope import Fault
from igny8.api.errors import InvalidRequestError, NotAllowedError, NotFoundError
from igny8.api.parts import Store
from igny8.api.settings import default_account, default_site
from igny8.api.shelf import visible
from igny8.dagfactory.ids import account_of, dag_id_of
from igny8.engine import EngineClient
from igny8.errors import EngineRefusalError
from igny8.execution.connection import engine_client
from igny8.rules import RuleStore

Deed = Literal["read", "edit"]

_NEW_RULE: Final = "content"
"""A rule that need not exist: who may do something with all Dags, or all of an account, may do it with this one's."""


@dataclass(frozen=True, slots=True)
class Ground:
    """An account's content, as one caller may use it."""

    store: RuleStore
    caller: Caller
    account: str | None
    site: str | None

    async def engine(self, deed: Deed = "read") -> tuple[str, EngineClient]:
        """The account's name, and a client that acts for it, when the caller may do this with its content.

        Raises:
            NotFoundError: when the caller may see no rule of the account, or the engine has no such account here.
            NotAllowedError: when the caller may see its rules, but change none.
            InvalidRequestError: when no account is named, and there is more than one.
        """
        account = await run_in_threadpool(self._permitted, deed)
        client = await engine_client(account)
        # One connection may serve several accounts of rules, but its key is that of one account of the engine's.
        if (await client.account()).account != account:
            raise not_connected(account)
        return account, client

    async def engine_of_site(self, deed: Deed = "read") -> tuple[str, str, EngineClient]:
        """The same, with the site that is meant.

        Raises:
            InvalidRequestError: besides, when no site is named, and the account has more than one, or none.
        """
        account, client = await self.engine(deed)
        if self.site is not None:
            return account, self.site, client
        known = [site.slug for site in (await client.ask(Sites, "GET", "/v1/sites")).items]
        if (usual := default_site()) in known:
            return account, str(usual), client
        if len(known) != 1:
            has = f"It has {', '.join(known)}" if known else "It has none yet"
            raise _unsaid("site", f"Say which site of the account '{account}' is meant with ?site=. {has}.")
        return account, known[0], client

    def _permitted(self, deed: Deed) -> str:
        if self.account is None:
            usual = default_account()
            found = [usual] if usual and self._may("read", usual) else accounts(self.store, self.caller)
            if len(found) != 1:
                seen = f"You may see {', '.join(found)}" if found else "You may see the rules of none"
                raise _unsaid("account", f"Say which account is meant with ?account=. {seen}.")
            account = found[0]
        else:
            account = self.account
            if not self._may("read", account):
                raise NotFoundError(f"There is no account '{account}'.")
        if deed != "read" and not self._may(deed, account):
            message = (
                f"You may not change the content of the account '{account}'. Ask for the permission to edit one of its "
                f"rules' Dags, which are named {dag_id_of(account, '…')}."
            )
            raise NotAllowedError(message)
        return account

    def _may(self, deed: Deed, account: str) -> bool:
        if self.caller.may(deed, dag_id_of(account, _NEW_RULE)):
            return True
        dags = [entry.dag_id for entry in visible(self.store, self.caller) if account_of(entry.dag_id) == account]
        return bool(dags) if deed == "read" else any(self.caller.may(deed, dag_id) for dag_id in dags)


def accounts(store: RuleStore, caller: Caller) -> list[str]:
    """The accounts whose content the caller may see, in the order of their names."""
    found = {account_of(entry.dag_id) for entry in visible(store, caller)}
    usual = default_account()
    if usual and caller.may("read", dag_id_of(usual, _NEW_RULE)):
        found.add(usual)
    return sorted(account for account in found if account)


def not_connected(account: str) -> NotFoundError:
    """The refusal for an account of rules that no connection's key is for."""
    return NotFoundError(
        f"The content engine has no account '{account}' that Airflow could ask for. Make a connection "
        f"'igny8_engine_{account}' of type HTTP, with the engine's address as host and its API key as password."
    )


@contextmanager
def seeking() -> Iterator[None]:
    """What the engine says that there is none of, is not found.

    Raises:
        NotFoundError: in the place of the engine's refusal.
    """
    try:
        yield
    except EngineRefusalError as error:
        if error.code == "not_found":
            raise NotFoundError(str(error)) from error
        raise


def _unsaid(path: str, message: str) -> InvalidRequestError:
    return InvalidRequestError(message, [Fault(path=path, message=message, code="missing")])


_Account = Annotated[
    str | None, Query(max_length=200, description="The account; left out, the default one, or the only one.")
]


def _ground(
    *,
    store: Store,
    caller: CurrentCaller,
    account: _Account = None,
    site: Annotated[
        str | None, Query(max_length=200, description="Its site; left out, the default one, or the only one.")
    ] = None,
) -> Ground:
    return Ground(store, caller, account, site)


def _ground_of_account(*, store: Store, caller: CurrentCaller, account: _Account = None) -> Ground:
    return Ground(store, caller, account, None)


SiteGround = Annotated[Ground, Depends(_ground)]
AccountGround = Annotated[Ground, Depends(_ground_of_account)]
