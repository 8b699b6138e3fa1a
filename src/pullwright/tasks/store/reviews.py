"""Reviews of tasks."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.results import Review
from pullwright.tasks.store.tables import reviews

ROWS = Rows(reviews, Review)


def add_review(connection: Connection, review: Review) -> bool:
    """False: a review of this id is there."""
    return ROWS.add_new(connection, review)


def reviews_of(connection: Connection, task_id: str) -> list[Review]:
    """A task's reviews, oldest first."""
    return ROWS.all(connection, reviews.c.task_id == task_id, order=(reviews.c.created, reviews.c.id))


def reviews_by(connection: Connection, user_id: str) -> list[Review]:
    """A user's reviews, oldest first."""
    return ROWS.all(connection, reviews.c.user_id == user_id, order=(reviews.c.created, reviews.c.id))
