"""Selectors as SQL mean what the condition language says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import select

from igny8.actions.items import COLLECTIONS, Collection
from igny8.actions.params import Selector
from igny8.conditions import ConditionTree, IncomparableValuesError, evaluate
from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Account, Cluster, Content, Image, Keyword, Site
from igny8_engine.errors import InvalidRequestError
from igny8_engine.field_values import field_values
from igny8_engine.selection import TABLES, as_item, chosen, columns, matches, missing_ids, ordering

CONDITIONS: TypeAdapter[list[ConditionTree]] = TypeAdapter(list[ConditionTree])
WORDS = [
    "new",
    "clustered",
    "Straße",
    "STRASSE",
    "ﬁlter",
    "espresso",
    "İstanbul",
    "طاحونة",
    "☕ mug",
    "",
    "a",
    "Z",
    "é",
]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.transaction() as session:
        account = Account(name="demo")
        session.add(account)
        await session.flush()
        sites = [Site(account_id=account.id, slug=slug, name=slug) for slug in ("home", "other")]
        session.add_all(sites)
        await session.flush()
        clusters = [Cluster(site_id=sites[0].id, name=word or "x", status="new") for word in WORDS]
        session.add_all(clusters)
        await session.flush()
        for number, word in enumerate(WORDS):
            session.add(
                Keyword(
                    site_id=sites[0].id,
                    cluster_id=clusters[number % 3].id if number % 4 else None,
                    phrase=word,
                    normalized=str(number),
                    volume=[None, 0, 3, 50, 2**40][number % 5],
                    difficulty=[None, Decimal("0.1"), Decimal("33.33"), Decimal(100)][number % 4],
                    intent=[None, "commercial"][number % 2],
                    status=["new", "clustered"][number % 2],
                )
            )
            text = Content(
                site_id=sites[0].id,
                kind="article",
                title=f"{word}{number}",
                slug=f"s{number}",
                excerpt="",
                meta_title="",
                meta_description="",
                focus_keyword="",
                category="",
                tags=[],
                html="<p>x</p>",
                word_count=number,
                seo_score=[None, number][number % 2],
            )
            session.add(text)
            await session.flush()
            if number % 3 == 0:
                session.add(
                    Image(
                        site_id=sites[0].id,
                        content_id=text.id,
                        provider="card",
                        made_by="card",
                        media_type="image/png",
                        width=1,
                        height=1,
                        alt="",
                        data=b"x",
                    )
                )
        session.add(Keyword(site_id=sites[1].id, phrase="theirs", normalized="theirs"))
    yield database
    await database.close()


async def items(database: Database, collection: Collection, site_id: int = 1) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        rows = await session.execute(
            select(*columns(collection)).where(TABLES[collection].site_id == site_id).order_by(TABLES[collection].id)
        )
        return [as_item(row) for row in rows.mappings()]


@pytest.mark.parametrize("collection", list(Collection))
async def test_every_field_of_the_contract_can_be_filtered_and_sorted_by(
    database: Database, collection: Collection
) -> None:
    for name in COLLECTIONS[collection].fields:
        for operator in ("equals", "not_equals"):
            conditions = CONDITIONS.validate_python([{"field": name, "operator": operator, "value": None}])
            async with database.transaction() as session:
                for order in (name, f"-{name}"):
                    selector = Selector(where=conditions, order_by=order, limit=2)
                    await session.execute(chosen(collection, 1, selector, select(TABLES[collection].id)))
    for item in await items(database, collection):
        assert set(item) == set(COLLECTIONS[collection].fields)


@pytest.mark.parametrize("collection", list(Collection))
async def test_the_values_of_fields_are_those_of_a_sites_items(database: Database, collection: Collection) -> None:
    everything = await items(database, collection)
    for name, field in COLLECTIONS[collection].fields.items():
        async with database.transaction() as session:
            if not field.has_values:
                with pytest.raises(InvalidRequestError, match=f"the values of '{name}'"):
                    await field_values(session, collection, 1, name, search="", limit=50, offset=0)
                continue
            found, total = await field_values(session, collection, 1, name, search="", limit=50, offset=0)
        expected = Counter(item[name] for item in everything if item[name] is not None)
        assert {value: count for value, _, count in found} == expected
        assert total == len(expected)
        assert [count for _, _, count in found] == sorted(expected.values(), reverse=True)


async def test_values_are_searched_by_what_people_call_them(database: Database) -> None:
    async def told(field: str, search: str, site: int = 1, limit: int = 50) -> tuple[list[Any], int]:
        async with database.transaction() as session:
            return await field_values(session, Collection.KEYWORDS, site, field, search=search, limit=limit, offset=0)

    by_name = {cluster["name"]: cluster["id"] for cluster in await items(database, Collection.CLUSTERS)}
    strasse = (by_name["Straße"], "Straße", 3)
    assert await told("cluster_id", "STRASS") == ([strasse], 1)
    assert await told("cluster_id", str(by_name["Straße"])) == ([strasse], 1)
    assert await told("cluster_id", "", limit=2) == ([strasse, (by_name["clustered"], "clustered", 3)], 3)
    assert await told("intent", "COMM") == ([("commercial", None, 6)], 1)
    assert await told("intent", "\x00") == ([], 0)
    # What another site has is not told.
    assert await told("phrase", "theirs") == ([], 0)
    assert await told("phrase", "", site=2) == ([("theirs", None, 1)], 1)
    assert await told("cluster_id", "", site=2) == ([], 0)


numbers = st.one_of(
    st.integers(-5, 120),
    st.sampled_from([0.1, 33.33, 33.330000000000005, 2**40, 2**70, -0.0, 1e300, 3.0]),
    st.floats(allow_nan=False, allow_infinity=False),
)
texts = st.one_of(
    st.sampled_from([*WORDS, "STRA", "ss", "2026-11", "commercial", "a\x00b", "\x00", "card", "article"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
)
values = st.one_of(st.none(), st.booleans(), numbers, texts)


@st.composite
def comparisons(draw: st.DrawFn, collection: Collection) -> dict[str, Any]:
    operator = draw(st.sampled_from(["equals", "not_equals", "contains", "greater_than", "less_than", "in", "not_in"]))
    value = draw(st.lists(values, max_size=4) if operator in {"in", "not_in"} else values)
    return {"field": draw(st.sampled_from(list(COLLECTIONS[collection].fields))), "operator": operator, "value": value}


def trees(collection: Collection) -> st.SearchStrategy[dict[str, Any]]:
    return st.recursive(
        comparisons(collection),
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=4,
    )


@pytest.mark.parametrize("collection", [Collection.KEYWORDS, Collection.CLUSTERS, Collection.CONTENT])
async def test_sql_chooses_what_python_would(database: Database, collection: Collection) -> None:
    everything = await items(database, collection)
    loop = asyncio.get_running_loop()

    async def by_sql(conditions: list[ConditionTree]) -> list[int]:
        async with database.transaction() as session:
            statement = select(TABLES[collection].id).order_by(TABLES[collection].id)
            where = matches(collection, conditions)
            return list(await session.scalars(statement.where(TABLES[collection].site_id == 1, where)))

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(trees(collection), min_size=1, max_size=2))
    def compare(given_trees: list[dict[str, Any]]) -> None:
        conditions = CONDITIONS.validate_python(given_trees)
        try:
            expected = [item["id"] for item in everything if evaluate(conditions, item).holds]
        except IncomparableValuesError:
            with pytest.raises(InvalidRequestError):
                matches(collection, conditions)
            return
        try:
            found = asyncio.run_coroutine_threadsafe(by_sql(conditions), loop).result(30)
        except InvalidRequestError:
            # SQL refuses by the field's type what Python refuses only where a value is there.
            assert any(None in item.values() for item in everything) or not everything
            return
        assert found == expected

    await asyncio.to_thread(compare)


async def test_text_is_ordered_by_its_characters_and_unknown_values_come_last(database: Database) -> None:
    async with database.transaction() as session:
        for order, reverse in (("phrase", False), ("-phrase", True)):
            statement = chosen(Collection.KEYWORDS, 1, Selector(order_by=order), select(Keyword.phrase))
            assert list(await session.scalars(statement)) == sorted(WORDS, reverse=reverse)
        for order in ("volume", "-volume"):
            statement = chosen(Collection.KEYWORDS, 1, Selector(order_by=order), select(Keyword.volume))
            found = list(await session.scalars(statement))
            known = [volume for volume in found if volume is not None]
            assert known == sorted(known, reverse=order.startswith("-"))
            assert found[len(known) :] == [None] * (len(found) - len(known))


async def test_opportunity_is_volume_weighed_by_ease(database: Database) -> None:
    keywords = await items(database, Collection.KEYWORDS)
    for cluster in await items(database, Collection.CLUSTERS):
        mine = [keyword for keyword in keywords if keyword["cluster_id"] == cluster["id"]]
        assert cluster["keyword_count"] == len(mine)
        assert cluster["volume"] == sum(keyword["volume"] or 0 for keyword in mine)
        ease = [1 - (50 if k["difficulty"] is None else k["difficulty"]) / 100 for k in mine]
        expected = sum((k["volume"] or 0) * e for k, e in zip(mine, ease, strict=True))
        assert cluster["opportunity"] == pytest.approx(expected, abs=0.01)


def test_unknown_fields_and_orders_are_named_with_the_nearest_one() -> None:
    conditions = CONDITIONS.validate_python(
        [{"field": "volum", "operator": "equals", "value": 1}, {"field": "phrase", "operator": "less_than", "value": 1}]
    )
    with pytest.raises(InvalidRequestError) as caught:
        matches(Collection.KEYWORDS, conditions, "params.keyword_ids.where")
    first, second = caught.value.problems
    assert first.path == "params.keyword_ids.where.0.field"
    assert "Did you mean 'volume'" in first.message
    assert "cannot be compared" in second.message
    with pytest.raises(InvalidRequestError, match="no field 'colour'"):
        ordering(Collection.KEYWORDS, "-colour")


async def test_ids_of_other_sites_are_missing(database: Database) -> None:
    async with database.transaction() as session:
        theirs = (await session.scalars(select(Keyword.id).where(Keyword.phrase == "theirs"))).one()
        assert await missing_ids(session, Collection.KEYWORDS, 1, [1, theirs, 2, 2**70]) == [theirs, 2**70]


@pytest.fixture
def plain(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_the_database_folds_case_as_python_does(plain: psycopg.Connection) -> None:
    for word in [*WORDS, "ǅ", "ΑΣ", "ß", "ŉ"]:
        row = plain.execute('select casefold(%s::text collate "pg_unicode_fast")', (word,)).fetchone()
        assert row
        assert row[0] == word.casefold()
