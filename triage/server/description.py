"""How the API describes itself, with the forms that FastAPI can't see for itself."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from triage.records import Decision
from triage.records.input import TraceInput
from triage.server.http.problems import ProblemDocument
from triage.server.platforms.platform_forms import PrelabelSent

_REF: Final = "#/components/schemas/{model}"
_FORMS: Final[tuple[type[BaseModel], ...]] = (
    ProblemDocument,
    PrelabelSent,
    TraceInput,
    Decision,
)
"""What is named by `ref`."""


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        told = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _, forms = models_json_schema(
            [(form, "serialization") for form in _FORMS], by_alias=True, ref_template=_REF
        )
        schemas = told.setdefault("components", {}).setdefault("schemas", {})
        for name, form in forms["$defs"].items():
            schemas.setdefault(name, form)
        app.openapi_schema = told
    return app.openapi_schema
