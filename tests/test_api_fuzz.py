"""The whole API under made-up requests, signed in as each role: what it answers is what it says.

More of them: `FUZZ_EXAMPLES=100 pytest tests/test_api_fuzz.py`.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from server_cases import Databases, lite_databases
from server_process import Server
from test_server_api import MAY, OPEN, at

from triage.queue.people import new_key
from triage.store.database import open_store, writing

schemathesis = pytest.importorskip("schemathesis")
checks = pytest.importorskip("schemathesis.checks")
conformance = pytest.importorskip("schemathesis.specs.openapi.checks")

__all__ = ["lite_databases"]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
ROLES = {
    "nobody": None, "platform": "bot", "expert": "ann", "adjudicator": "eve", "lead": "lea",
    "admin": "ada",
}  # fmt: skip
CHECKS = [
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
# these rights are what the others need: an admin makes and ends anybody else's
KEPT = frozenset(name for name in ROLES.values() if name)
RIGHTS = {(method, at(path)): names for (method, path), names in MAY.items()}


@pytest.fixture(scope="module")
def keys(
    lite_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """A running server's origin, and a key for each who has a role."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("fuzz"))
        patch.setenv("TRIAGE_PLUGINS_WORKERS", "1")
        patch.setenv("TRIAGE_PLUGINS_BLOCKED", "math,logic")
        url = lite_databases.copy()
        engine = open_store(url)
        with writing(engine) as connection:
            made = {name: new_key(connection, "test", name) for name in ROLES.values() if name}
        engine.dispose()
        server = Server(url)
        yield made | {"origin": server.origin}
        server.kill()


def requests_to(operation: Any) -> st.SearchStrategy[Any]:
    """Requests as the description wants them, and such as it does not."""
    kinds = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    return st.one_of([operation.as_strategy(generation_mode=kind) for kind in kinds])


class Visitor:
    """Somebody with a role, who sends all sorts of requests."""

    def __init__(self, role: str, keys: dict[str, str], session: requests.Session) -> None:
        self.name = ROLES[role]
        self.statuses: Counter[int] = Counter()
        self._session = session
        self._headers = {"Authorization": f"Bearer {keys[self.name]}"} if self.name else {}

    def may(self, place: tuple[str, str]) -> bool:
        return place in OPEN or self.name in RIGHTS.get(place, frozenset())

    def try_out(self, operation: Any) -> None:
        """Send requests to one operation, and check every answer."""
        place = operation.method.lower(), operation.path

        @seed(20)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=requests_to(operation))
        def send(case: Any) -> None:
            sent = case.headers or {}
            case.headers = {k: v for k, v in sent.items() if k.lower() != "authorization"}
            if self.name == "ada" and (case.path_parameters or {}).get("name") in KEPT:
                case.path_parameters["name"] = "somebody"
            reply = case.call(session=self._session, headers=self._headers)
            self.statuses[reply.status_code] += 1
            case.validate_response(reply, checks=CHECKS)
            assert self.may(place) or reply.status_code >= 400, reply.status_code

        send()


@pytest.mark.parametrize("role", ROLES)
def test_no_request_breaks_the_server_or_goes_where_it_may_not(
    keys: dict[str, str], role: str
) -> None:
    schema = schemathesis.openapi.from_url(f"{keys['origin']}/openapi.json")
    amiss: list[str] = []
    with requests.Session() as session:
        visitor = Visitor(role, keys, session)
        for found in schema.get_all_operations():
            operation = found.ok()
            try:
                visitor.try_out(operation)
            except (AssertionError, BaseExceptionGroup) as why:
                amiss.append(
                    "\n".join(
                        [operation.label, str(why), *map(str, getattr(why, "exceptions", ()))]
                    )
                )
    assert not amiss, "\n\n".join(amiss)
    assert visitor.statuses[200] > 0
    assert (visitor.statuses[401] > 0) == (role == "nobody")
