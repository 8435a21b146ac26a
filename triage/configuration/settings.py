"""Everything that can be configured, with what it means and its default."""

import os
from collections.abc import Iterable, Iterator
from enum import EnumType
from typing import Annotated, Any, Final, NamedTuple, get_args, get_origin

from pydantic import ConfigDict, Field
from pydantic.fields import FieldInfo

from triage.deciding.order import COSTS, SECONDS, Worth
from triage.records import Admitting, Dollars, Label, Probability, Record
from triage.segment import Granularity

PREFIX: Final = "TRIAGE_"
"""What the names of environment variables begin with."""


class Section(Record):
    """A table of settings: every number in it is one, and an end to what it limits."""

    model_config = ConfigDict(allow_inf_nan=False)


class SegmentSettings(Section):
    """How unsegmented text is cut into steps, by domain."""

    default: Granularity = Field(
        default=Granularity.AUTO, description="how fine a text without steps is cut"
    )
    domains: dict[str, Granularity] = Field(
        default_factory=dict, description="the same for single domains, before the default"
    )


class RouteSettings(Section):
    """When a step is clear."""

    clear_risk: Probability = Field(
        default=0.2,
        description="highest predicted risk at which an undisputed step is clear",
    )


class QueueSettings(Section):
    """What decides the order of the queue."""

    seconds: float = Field(default=SECONDS, gt=0, description="what a step takes an expert")
    domain_seconds: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="the same by domain"
    )
    costs: dict[Label, dict[Label, Annotated[float, Field(ge=0)]]] = Field(
        default_factory=dict,
        description="what it costs to export the first label where the second is true",
    )

    def worth(self, domain: str) -> Worth:
        """What errors cost and experts' time is in a domain."""
        costs = {label: {**COSTS[label], **self.costs.get(label, {})} for label in COSTS}
        return Worth(costs, self.domain_seconds.get(domain, self.seconds))


class PluginSettings(Section):
    """How plugins are run."""

    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, description="worker processes"
    )
    deadline_seconds: float = Field(
        default=10.0, gt=0, description="time a plugin has for a trace before it is killed"
    )
    network_deadline_seconds: float = Field(
        default=120.0, gt=0, description="time a plugin that waits on a network has for a step"
    )
    memory_mb: int = Field(
        default=4096, ge=256, description="address space of a worker process, in MiB"
    )
    blocked: tuple[str, ...] = Field(default=(), description="plugins that are not loaded")
    redactors: tuple[str, ...] = Field(
        default=(), description="redactors without which nothing is sent to judges"
    )


class IngestSettings(Section):
    """What the reader takes and what it refuses."""

    label_map: str = Field(default="", description='foreign label words, "+1=necessary,..."')


class ServerSettings(Section):
    """How `triage serve` listens and whom it lets in."""

    host: str = Field(default="127.0.0.1", description="address that the server listens on")
    port: int = Field(default=8000, ge=0, le=65535, description="port; 0 for any that is free")
    origin: str = Field(
        default="",
        description="what people type to get there, `https://desk.example.org`, behind a proxy",
    )
    session_hours: float = Field(
        default=12.0, gt=0, description="time after which people sign in again"
    )
    link_days: float = Field(default=30.0, gt=0, description="time for which personal links work")
    requests_per_minute: int = Field(
        default=1200, ge=1, description="requests that one person may send"
    )
    program_requests_per_minute: int = Field(
        default=60_000, ge=1, description="requests that one program may send with its keys"
    )
    body_kb: int = Field(default=256, ge=1, description="largest request body, in KiB")


class LabelStudioSettings(Section):
    """How Label Studio is spoken to."""

    url: str = Field(default="http://localhost:8080", description="where Label Studio is")
    token: str = Field(default="", description="its access token, better kept in the environment")


class DeskSettings(Section):
    """What experts see."""

    reveal: bool = Field(
        default=False,
        description="whether an expert may see the machine's proposals after answering",
    )
    guidelines: str = Field(
        default="",
        description="folder with a guideline for each domain, `math.md`; before those shipped",
    )


class AdmissionSettings(Section):
    """Who is admitted to a domain's queue, where there is gold: docs/admission.md."""

    steps: int = Field(
        default=20,
        ge=0,
        description="gold steps that an expert labels before the first work in a domain; 0: none",
    )
    domain_steps: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="the same for single domains"
    )
    above: Probability = Field(
        default=0.8, description="least agreement with gold at which an expert is admitted"
    )
    measure: Admitting = Field(
        default=Admitting.PERCENT, description="how that agreement is measured"
    )
    lower: bool = Field(
        default=False,
        description="whether the lower end of the agreement's 95 % interval must reach it",
    )
    hidden_share: Probability = Field(
        default=0.03, description="gold steps hidden among the work of those admitted, as a share"
    )

    def steps_in(self, domain: str) -> int:
        """How many steps a calibration round of a domain has; 0 if it is off."""
        return self.domain_steps.get(domain, self.steps)


class JobSettings(Section):
    """What platforms may hand in."""

    folders: tuple[str, ...] = Field(
        default=(), description="folders whose files a job may name as its input"
    )
    upload_mb: int = Field(default=256, ge=1, description="largest upload of a job, in MiB")
    call_mb: int = Field(default=16, ge=1, description="largest body of a call, in MiB")
    call_seconds: float = Field(
        default=60.0, gt=0, description="longest time that a call waits for judges"
    )
    budget_usd: Dollars | None = Field(
        default=None, description="what judges may cost for one job; none may ask for more"
    )
    prelabel_budget_usd: Dollars | None = Field(
        default=None, description="what judges may cost for all calls together"
    )


class WebhookSettings(Section):
    """How platforms are told of jobs that ended."""

    private_networks: tuple[str, ...] = Field(
        default=(), description="private networks that messages may go to, `10.1.0.0/16`"
    )
    retry_seconds: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        default=(5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400),
        description="how long to wait after each failed attempt, until it is given up",
    )


class Settings(Section):
    """Everything that can be configured."""

    db: str = Field(default="sqlite:///triage.db", description="the store, as a database URL")
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    segment: SegmentSettings = Field(default_factory=SegmentSettings)
    plugins: PluginSettings = Field(default_factory=PluginSettings)
    route: RouteSettings = Field(default_factory=RouteSettings)
    queue: QueueSettings = Field(default_factory=QueueSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    desk: DeskSettings = Field(default_factory=DeskSettings)
    label_studio: LabelStudioSettings = Field(default_factory=LabelStudioSettings)
    admission: AdmissionSettings = Field(default_factory=AdmissionSettings)
    jobs: JobSettings = Field(default_factory=JobSettings)
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings)
    plugin: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="each plugin's own table, handed to it unread"
    )
    prompts: tuple[str, ...] = Field(
        default=(),
        description="folders with prompts and rubric files of one's own, before those shipped",
    )
    panel: tuple[str, ...] = Field(
        default=(),
        description="judges in short, `provider:model@input/output`, prices in US dollars per "
        "million tokens; what `judges` says of one of that name comes first",
    )
    judges: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="the judges of the panel, a table each: docs/judges.md"
    )


class Setting(NamedTuple):
    """One thing that can be set.

    Attributes:
        name: Its dotted name: the table and the key in the settings file.
        kind: What a value looks like, in words.
        default: Its default in words.
        form: `tuple` or `dict` where the environment gives several values in one text.
    """

    name: str
    kind: str
    default: str
    meaning: str
    form: type | None

    @property
    def variable(self) -> str | None:
        """The environment variable that sets it; None for tables that hold tables."""
        if self.name in ("plugin", "judges") or self.kind.startswith("table of table"):
            return None
        return PREFIX + self.name.upper().replace(".", "_")


def known_settings(section: type[Record] = Settings, prefix: str = "") -> Iterator[Setting]:
    """List everything that can be set, in the order of the tables."""
    for name, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Record):
            yield from known_settings(inner, f"{prefix}{name}.")
        else:
            form = get_origin(inner) if get_origin(inner) in (tuple, dict) else None
            kind, default = _kind(inner), _default(f"{prefix}{name}", field)
            yield Setting(prefix + name, kind, default, field.description or "", form)


def _kind(annotation: Any) -> str:
    if isinstance(annotation, EnumType):
        members: Iterable[Any] = annotation
        return ", ".join(str(one.value) for one in members)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin is dict:
        return "table" if inner[1] is Any else f"table of {_kind(inner[1])}"
    if origin is not None:
        return _kind(inner[0])
    words = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return words.get(annotation, "anything")


def _default(name: str, field: FieldInfo) -> str:
    if name == "plugins.workers":
        return "number of processors"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, tuple | dict):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "none"
