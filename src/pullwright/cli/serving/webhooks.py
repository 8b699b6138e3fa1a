"""What `admin` does with webhooks out: on the database itself, as the administrator that whoever runs the service is anyway."""

from __future__ import annotations

import click
import msgspec

from pullwright.cli.render.clean import clean
from pullwright.cli.serving.administer import on_service
from pullwright.cli.settings.load import Loaded
from pullwright.tasks.notices.endpoints import EndpointOrder, EndpointView, create_endpoint, drop_endpoint, view_endpoints
from pullwright.tasks.notices.reach import Reach
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.service import Service


def add_webhook(loaded: Loaded, order: EndpointOrder) -> None:
    """Make an endpoint; its secret is printed on stdout, alone, so that it can be piped on."""

    async def work(service: Service, actor: Actor) -> EndpointView:
        return await create_endpoint(service, actor, order, Reach(service.config.webhook_networks))

    made = on_service(loaded, work)
    whose = f"project {order.project}" if order.project else order.user or "local"
    click.echo(f"{made.id} for {whose}: {', '.join(made.events) or 'every event'}. The secret is not shown again.", err=True)
    click.echo(made.secret)


def show_webhooks(loaded: Loaded, *, as_json: bool) -> None:
    """List everybody's endpoints."""

    async def work(service: Service, actor: Actor) -> list[EndpointView]:
        return await view_endpoints(service, actor, everybodys=True)

    found = on_service(loaded, work)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for one in found:
        state = "disabled" if one.disabled else "failing" if one.failing else "good"
        click.echo(clean(f"{one.id}  {state:8} {one.user_id}  {one.project_id or '-':22} {one.url}  {one.why}").rstrip())


def remove_webhook(loaded: Loaded, endpoint: str) -> None:
    """Remove an endpoint."""

    async def work(service: Service, actor: Actor) -> None:
        await drop_endpoint(service, actor, endpoint)

    on_service(loaded, work)
    click.echo(f"Removed {endpoint}.", err=True)
