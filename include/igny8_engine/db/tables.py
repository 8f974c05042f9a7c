"""The tables. Columns that rules can see are named as in :mod:`igny8.actions.items`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from pydantic import JsonValue
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Moment = DateTime(timezone=True)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain dict
        int: BigInteger,
        str: Text,
        dt.datetime: Moment,
        bytes: LargeBinary,
        JsonValue: JSONB,
        dict[str, JsonValue]: JSONB,
        list[JsonValue]: JSONB,
    }


class _Numbered:
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, server_default=func.now())


def _site() -> Mapped[int]:
    return mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))


class Account(_Numbered, Base):
    """Whoever pays. ``balance`` can still be spent; ``reserved`` is set aside for running jobs."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("balance >= 0", "balance"), CheckConstraint("reserved >= 0", "reserved"))
    name: Mapped[str] = mapped_column(unique=True)
    balance: Mapped[int] = mapped_column(server_default="0")
    reserved: Mapped[int] = mapped_column(server_default="0")


class ApiKey(_Numbered, Base):
    """A key to one account; only its SHA-256 is kept, and its beginning to tell keys apart."""

    __tablename__ = "api_keys"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    prefix: Mapped[str]
    hash: Mapped[bytes] = mapped_column(unique=True)


class LedgerEntry(_Numbered, Base):
    """One movement of credits; never changed. The sum of ``amount`` is the account's balance."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index("ix_ledger_spent", "account_id", "created_at", postgresql_where=text("kind = 'settle'")),
        Index("ix_ledger_of_day", "account_id", "rule", "day", postgresql_where=text("rule is not null")),
        Index("ix_ledger_of_run", "account_id", "run", postgresql_where=text("run is not null")),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[str]
    amount: Mapped[int]
    reserved_change: Mapped[int]
    key: Mapped[str]
    job_id: Mapped[int | None]
    rule: Mapped[str | None]
    """The rule that limits its spending, of what is set aside for it and given back."""
    run: Mapped[str | None]
    day: Mapped[dt.date | None] = mapped_column(Date)
    """The day in the rule's time zone on which the credits were set aside; given back, they are of the same day."""


class Site(_Numbered, Base):
    """A website of an account."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("account_id", "slug"),)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    slug: Mapped[str]
    name: Mapped[str]


class Sector(_Numbered, Base):
    """A part of a site's subject."""

    __tablename__ = "sectors"
    __table_args__ = (UniqueConstraint("site_id", "name"),)
    site_id: Mapped[int] = _site()
    name: Mapped[str]


class Cluster(_Numbered, Base):
    """Keywords that ask for the same thing."""

    __tablename__ = "clusters"
    __table_args__ = (Index(None, "site_id", "status"),)
    site_id: Mapped[int] = _site()
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="new")


class Keyword(_Numbered, Base):
    """A search phrase, unique on its site by its normalised form."""

    __tablename__ = "keywords"
    __table_args__ = (
        UniqueConstraint("site_id", "normalized"),
        Index(None, "site_id", "status"),
        Index(None, "cluster_id"),
    )
    site_id: Mapped[int] = _site()
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    phrase: Mapped[str]
    normalized: Mapped[str]
    volume: Mapped[int | None]
    difficulty: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    intent: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="new")


class Idea(_Numbered, Base):
    """An article to be written."""

    __tablename__ = "ideas"
    __table_args__ = (
        Index("uq_ideas_site_id_title", "site_id", text("lower(title)"), unique=True),
        Index(None, "site_id", "status"),
    )
    site_id: Mapped[int] = _site()
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    title: Mapped[str]
    keyword: Mapped[str]
    volume: Mapped[int | None]
    outline: Mapped[list[JsonValue]] = mapped_column(JSONB)
    questions: Mapped[list[JsonValue]] = mapped_column(JSONB)
    summary: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="new")


class Task(_Numbered, Base):
    """The order to write an idea."""

    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("idea_id"), Index(None, "site_id", "status"))
    site_id: Mapped[int] = _site()
    idea_id: Mapped[int] = mapped_column(ForeignKey("ideas.id", ondelete="CASCADE"))
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    title: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="queued")


class Page(_Numbered, Base):
    """A planned page of a site."""

    __tablename__ = "pages"
    __table_args__ = (UniqueConstraint("site_id", "slug"), Index(None, "site_id", "status"))
    site_id: Mapped[int] = _site()
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id", ondelete="SET NULL"))
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    title: Mapped[str]
    slug: Mapped[str]
    purpose: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="planned")


class Content(_Numbered, Base):
    """A written text: an article of a task, or the text of a page."""

    __tablename__ = "content"
    __table_args__ = (
        UniqueConstraint("task_id"),
        UniqueConstraint("page_id"),
        UniqueConstraint("site_id", "slug"),
        Index("uq_content_site_id_title", "site_id", text("lower(title)"), unique=True),
        Index(None, "site_id", "status"),
    )
    site_id: Mapped[int] = _site()
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id", ondelete="SET NULL"))
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    key: Mapped[str] = mapped_column(unique=True, server_default=text("gen_random_uuid()::text"))
    """What the text is known by on other sites: unlike the id, it is not used again by another database."""
    kind: Mapped[str]
    title: Mapped[str]
    slug: Mapped[str]
    excerpt: Mapped[str]
    meta_title: Mapped[str]
    meta_description: Mapped[str]
    focus_keyword: Mapped[str]
    category: Mapped[str]
    tags: Mapped[list[JsonValue]] = mapped_column(JSONB)
    html: Mapped[str]
    word_count: Mapped[int]
    seo_score: Mapped[int | None]
    checks: Mapped[list[JsonValue]] = mapped_column(JSONB, server_default="[]")
    status: Mapped[str] = mapped_column(server_default="draft")
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, server_default=func.now())
    published_at: Mapped[dt.datetime | None]


class Image(_Numbered, Base):
    """The featured image of a text."""

    __tablename__ = "images"
    __table_args__ = (UniqueConstraint("content_id"), Index(None, "site_id", "status"))
    site_id: Mapped[int] = _site()
    content_id: Mapped[int] = mapped_column(ForeignKey("content.id", ondelete="CASCADE"))
    provider: Mapped[str]
    """card or model."""
    made_by: Mapped[str]
    """The name of the model, or card."""
    media_type: Mapped[str]
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    alt: Mapped[str]
    data: Mapped[bytes] = mapped_column(deferred=True)
    status: Mapped[str] = mapped_column(server_default="ready")


class Integration(_Numbered, Base):
    """A WordPress that a site publishes to; the password is encrypted."""

    __tablename__ = "integrations"
    __table_args__ = (UniqueConstraint("site_id", "name"),)
    site_id: Mapped[int] = _site()
    name: Mapped[str]
    kind: Mapped[str]
    url: Mapped[str]
    username: Mapped[str]
    password: Mapped[bytes]
    findings: Mapped[list[JsonValue]] = mapped_column(JSONB, server_default="[]")
    """What was found out about it when it was last probed."""
    probed_at: Mapped[dt.datetime | None]


class Publication(_Numbered, Base):
    """What has become of a text at an integration: the receipt that keeps it from being posted twice.

    The row is there before the first call to the site, so that nothing is ever on the way without a trace.
    """

    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("content_id", "integration_id"),)
    content_id: Mapped[int] = mapped_column(ForeignKey("content.id", ondelete="CASCADE"))
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    post_id: Mapped[int | None]
    post_url: Mapped[str | None]
    post_status: Mapped[str | None]
    """As WordPress had it when it was last written; nothing before, and while the post is being taken down."""
    live_at: Mapped[dt.datetime | None]
    """When the post went or goes live, as WordPress had it then."""
    left_url: Mapped[str | None]
    """Where the post was when it was taken down, since then: nothing shall lead there."""
    receipt: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)
    links: Mapped[dict[str, JsonValue]] = mapped_column(JSONB, server_default="{}")
    """The internal links that were chosen for the text, and for which text they were: they stay while it does."""
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, server_default=func.now())


class PublicationSlot(_Numbered, Base):
    """When a text's post goes live at an integration, where posts are not to go live all at once."""

    __tablename__ = "publication_slots"
    __table_args__ = (UniqueConstraint("integration_id", "content_id"), UniqueConstraint("integration_id", "at"))
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    content_id: Mapped[int] = mapped_column(ForeignKey("content.id", ondelete="CASCADE"))
    day: Mapped[dt.date] = mapped_column(Date)
    """In the site's time zone when it was taken: what the posts of a day are counted by."""
    at: Mapped[dt.datetime]


class SitePost(_Numbered, Base):
    """A post or page that a WordPress has, whoever wrote it, as it was when it was last imported."""

    __tablename__ = "site_posts"
    __table_args__ = (UniqueConstraint("integration_id", "post_id"),)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    post_id: Mapped[int]
    kind: Mapped[str]
    """post or page."""
    title: Mapped[str]
    slug: Mapped[str]
    link: Mapped[str]
    status: Mapped[str]
    terms: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)
    """The names of its categories and tags."""
    round: Mapped[int]
    """The import that saw it last."""


class TitleVector(Base):
    """What a title of a site is compared by. One of another version counts as none."""

    __tablename__ = "title_vectors"
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    """Of the title in its comparable form."""
    version: Mapped[str]
    vector: Mapped[bytes]
    """384 numbers of 16 bits."""


class SiteImport(Base):
    """How far the import of a WordPress is: the page to be read next, stored with the posts of the one before."""

    __tablename__ = "site_imports"
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int]
    """Which import of this WordPress it is, from 1."""
    kind: Mapped[str | None]
    """post, then page, then nothing more."""
    page: Mapped[int]
    of_kind: Mapped[int | None]
    """How many there were of the kind when the last page was read: fewer later means that some have moved up."""
    total: Mapped[int]
    """How many of both kinds there were at its beginning."""
    started_at: Mapped[dt.datetime] = mapped_column(Moment, server_default=func.now())
    finished_at: Mapped[dt.datetime | None]


class Job(_Numbered, Base):
    """One action at work. ``runner`` and ``lease_until`` say which worker has it, and how long it may be silent."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index("ix_jobs_open", "lease_until", postgresql_where=text("state in ('queued', 'running')")),
        Index(None, "account_id", "created_at"),
        CheckConstraint("reserved >= 0", "reserved"),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    site_id: Mapped[int] = _site()
    key: Mapped[str]
    type: Mapped[str]
    params: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)
    attempt: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[str] = mapped_column(server_default="queued")
    phase: Mapped[str] = mapped_column(server_default="waiting")
    version: Mapped[int] = mapped_column(server_default="1")
    chosen: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    cancel_requested: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    estimated: Mapped[int] = mapped_column(server_default="0")
    reserved: Mapped[int] = mapped_column(server_default="0")
    charged: Mapped[int] = mapped_column(server_default="0")
    budget: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB(none_as_null=True))
    """What its run may spend, as :class:`igny8.actions.budget.Budget` has it; nothing where there are no limits."""
    day: Mapped[dt.date | None] = mapped_column(Date)
    """The day of its budget that ``reserved`` counts for."""
    provider: Mapped[str | None]
    error: Mapped[dict[str, JsonValue] | None] = mapped_column(JSONB(none_as_null=True))
    stumbles: Mapped[int] = mapped_column(server_default="0")
    """How often the engine itself broke off the job with an error."""
    runner: Mapped[str | None]
    lease_until: Mapped[dt.datetime | None]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class JobItem(Base):
    """One item of a job, chosen when the job first starts."""

    __tablename__ = "job_items"
    __table_args__ = (UniqueConstraint("job_id", "position"), Index(None, "job_id", "state"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    position: Mapped[int]
    item_id: Mapped[int]
    label: Mapped[str]
    payload: Mapped[dict[str, JsonValue]] = mapped_column(JSONB, server_default="{}")
    estimate: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="pending")
    error: Mapped[str | None]
    retryable: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    result: Mapped[dict[str, JsonValue]] = mapped_column(JSONB, server_default="{}")
    outputs: Mapped[dict[str, JsonValue]] = mapped_column(JSONB, server_default="{}")
    credits: Mapped[int] = mapped_column(server_default="0")
    told: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Whether an event about the whole job has told of it."""


class Event(_Numbered, Base):
    """Something that has happened, written in the transaction in which it did; kept for the feed and for delivery."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        UniqueConstraint("account_id", "position"),
        Index("ix_events_due", "next_try_at", postgresql_where=text("next_try_at is not null")),
        Index("ix_events_without_position", "account_id", "id", postgresql_where=text("position is null")),
        Index(None, "account_id", "created_at"),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    site_id: Mapped[int] = _site()
    uid: Mapped[str] = mapped_column(
        unique=True, server_default=text("'evt_' || replace(gen_random_uuid()::text, '-', '')")
    )
    """What receivers know it by: unlike the id, it is not used again by another database."""
    type: Mapped[str]
    key: Mapped[str]
    """What has happened, so that it is told once."""
    data: Mapped[dict[str, JsonValue]] = mapped_column(JSONB)
    position: Mapped[int | None]
    """Where it stands in the feed, given when the feed is first read after it. An id would not do: of two transactions
    the one with the higher id may be committed first, and whoever read on from there would miss the other's."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[dt.datetime | None] = mapped_column(server_default=func.now())
    """When it is to be delivered; nothing once it is delivered or given up."""
    delivered_at: Mapped[dt.datetime | None]
    error: Mapped[str | None]
    """Why the last attempt to deliver it failed."""
