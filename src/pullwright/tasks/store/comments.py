"""Reviewers' comments: drafts of one user until they are sent with a review."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.results import Comment
from pullwright.tasks.store.tables import comments

ROWS = Rows(comments, Comment)
_ORDER = (comments.c.created, comments.c.id)


def add_comment(connection: Connection, comment: Comment) -> bool:
    """False: a comment of this id is there."""
    return ROWS.add_new(connection, comment)


def find_comment(connection: Connection, comment_id: str) -> Comment | None:
    """By id."""
    return ROWS.find(connection, comments.c.id == comment_id)


def comments_of(connection: Connection, task_id: str) -> list[Comment]:
    """All of a task's comments, oldest first, drafts too."""
    return ROWS.all(connection, comments.c.task_id == task_id, order=_ORDER)


def comments_by(connection: Connection, user_id: str) -> list[Comment]:
    """All that a user has written, oldest first, drafts too."""
    return ROWS.all(connection, comments.c.user_id == user_id, order=_ORDER)


def drafts_of(connection: Connection, task_id: str, user_id: str) -> list[Comment]:
    """What a user has written and not yet sent, oldest first."""
    where = (comments.c.task_id == task_id, comments.c.user_id == user_id, comments.c.review_id.is_(None))
    return ROWS.all(connection, *where, order=_ORDER)


def send_drafts(connection: Connection, attempt_id: str, user_id: str, review_id: str) -> list[Comment]:
    """A user's drafts about an attempt become a review's comments, which are returned. Those about another attempt wait on."""
    where = (comments.c.attempt_id == attempt_id, comments.c.user_id == user_id, comments.c.review_id.is_(None))
    ROWS.change(connection, *where, review_id=review_id)
    return comments_of_review(connection, review_id)


def comments_of_review(connection: Connection, review_id: str) -> list[Comment]:
    """What was sent with a review, oldest first."""
    return ROWS.all(connection, comments.c.review_id == review_id, order=_ORDER)


def change_draft(connection: Connection, comment_id: str, text: str) -> bool:
    """False: it was sent, or is gone."""
    return ROWS.change(connection, comments.c.id == comment_id, comments.c.review_id.is_(None), text=text) == 1


def remove_draft(connection: Connection, comment_id: str) -> bool:
    """False: it was sent, or is gone."""
    return ROWS.remove(connection, comments.c.id == comment_id, comments.c.review_id.is_(None)) == 1
