"""`/api/v1/webhooks`: where platforms want to be told of jobs that ended."""

import hashlib

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from triage.records.job import DeliveryPage, Webhook, WebhookPage
from triage.server.http.forms import OnceRoute
from triage.server.http.house import InHouse
from triage.server.http.problems import Problem, said
from triage.server.platforms.platform_forms import (
    KEY_REUSED,
    Cursor,
    Limit,
    Platform,
    RequestKey,
    Watcher,
    WebhookId,
    WebhookSent,
    not_found,
    owner_for,
    refuse_unknown_query,
)
from triage.store.people.auditlog import note_act
from triage.store.platforms.request_keys import claim
from triage.store.platforms.webhooks import (
    drop_webhook,
    end_webhook,
    find_webhook,
    list_deliveries,
    list_webhooks,
    make_webhook,
)
from triage.webhooks.address import find_target, read_networks
from triage.webhooks.signing import new_secret

router = APIRouter(
    prefix="/api/v1/webhooks",
    route_class=OnceRoute,
    tags=["platforms"],
    dependencies=[Depends(refuse_unknown_query)],
)


class Removed(BaseModel):
    """Nothing is sent there any more."""

    removed: bool = True


@router.post("", status_code=201, responses=said(401, 403, 422, 429))
def make(
    place: InHouse, platform: Platform, given: WebhookSent, request_key: RequestKey = None
) -> Webhook:
    """Tell an address of all of one's own jobs that end; its secret is told this once."""
    find_target(given.url, read_networks(place.settings.webhooks.private_networks))
    asked = hashlib.sha256(given.model_dump_json().encode()).hexdigest()
    owner = platform.name
    with place.writing() as connection:
        made = make_webhook(connection, owner, given.url, new_secret())
        before = claim(connection, owner, request_key, asked, made.id) if request_key else None
        if before is None:
            note_act(connection, owner, "webhook-made", {"webhook": made.id})
            return made
        drop_webhook(connection, made.id)
        known = find_webhook(connection, before.made, owner, with_secret=True)
    if known is None or before.body_hash != asked:
        raise Problem(422, "key-reused", KEY_REUSED)
    return known


@router.get("", responses=said(401, 403, 429))
def webhooks(place: InHouse, watcher: Watcher) -> WebhookPage:
    """List the webhooks that are told of all jobs; those of single jobs stand with the job."""
    with place.reading() as connection:
        return WebhookPage(webhooks=tuple(list_webhooks(connection, owner_for(watcher))))


@router.delete("/{webhook_id}", responses=said(401, 403, 404, 422, 429))
def remove(place: InHouse, platform: Platform, webhook_id: WebhookId) -> Removed:
    """Send nothing there any more, what waits included."""
    with place.writing() as connection:
        if find_webhook(connection, webhook_id, owner_for(platform)) is None:
            raise not_found("webhook")
        end_webhook(connection, webhook_id, "removed")
        note_act(connection, platform.name, "webhook-removed", {"webhook": webhook_id})
    return Removed()


@router.get("/{webhook_id}/deliveries", responses=said(401, 403, 404, 422, 429))
def deliveries(
    place: InHouse,
    watcher: Watcher,
    webhook_id: WebhookId,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DeliveryPage:
    """Tell what was sent to a webhook, newest first, and what its receiver said."""
    with place.reading() as connection:
        if find_webhook(connection, webhook_id, owner_for(watcher)) is None:
            raise not_found("webhook")
        before = None if cursor is None else int(cursor)
        found = list_deliveries(connection, webhook_id, before, limit)
    more = str(found[-1][0]) if len(found) == limit else None
    return DeliveryPage(deliveries=tuple(one for _, one in found), next=more)
