"""Merging at GitLab, which finds out in the background whether it may, and rebases in the background too."""

from __future__ import annotations

import asyncio

from pullwright.forges.forge import Refused, Why
from pullwright.forges.gitlab.records import MergeRequest
from pullwright.forges.http import ForgeHttp
from pullwright.forges.records import Method
from pullwright.protocol.errors import NotFound, TryAgainLater

LOOKS = 30
PAUSE = 1.0
UNDECIDED = frozenset({"checking", "unchecked", "preparing", "approvals_syncing", "cannot_be_merged_recheck"})
REASONS: dict[str, tuple[Why, str]] = {
    "draft_status": ("draft", "it is a draft"),
    "conflict": ("conflict", "it conflicts with the target branch"),
    "broken_status": ("conflict", "it conflicts with the target branch"),
    "need_rebase": ("conflict", "it must be rebased first"),
    "not_approved": ("protected", "approvals are missing"),
    "requested_changes": ("protected", "a reviewer has asked for changes"),
    "ci_must_pass": ("protected", "the pipeline must succeed first"),
    "ci_still_running": ("protected", "the pipeline is still running"),
    "discussions_not_resolved": ("protected", "threads are not resolved"),
    "external_status_checks": ("protected", "external status checks must pass"),
    "blocked_status": ("protected", "another merge request blocks it"),
    "policies_denied": ("protected", "a policy denies it"),
    "security_policy_violations": ("protected", "a security policy denies it"),
    "jira_association_missing": ("protected", "a Jira issue must be named"),
    "locked_paths": ("protected", "paths are locked"),
    "locked_lfs_files": ("protected", "LFS files are locked"),
    "title_regex": ("protected", "the title does not follow the project's rule"),
    "not_open": ("invalid", "it is not open"),
}
"""GitLab's `detailed_merge_status`: what it means."""


async def merge(http: ForgeHttp, path: str, method: Method, head: str, message: str) -> str:
    """See `Forge.merge`; `path` is the merge request's."""
    there = await _decided(http, path)
    if there.state == "merged":
        return there.record().merged
    _allow(there, head)
    if method == "rebase":
        head = await _rebased(http, path)
    body: dict[str, object] = {"sha": head, "squash": method == "squash"}
    if method == "squash":
        body["squash_commit_message"] = message
    elif method == "merge":
        body["merge_commit_message"] = message
    try:
        return (await http.write("PUT", f"{path}/merge", MergeRequest, body)).record().merged
    except (Refused, TryAgainLater, NotFound):
        there = await http.get(path, MergeRequest)
        if there.state == "merged":
            return there.record().merged
        _allow(there, head)
        raise


async def _decided(http: ForgeHttp, path: str) -> MergeRequest:
    there = await http.get(path, MergeRequest)
    for _ in range(LOOKS):
        if there.state != "opened" or there.detailed_merge_status not in UNDECIDED:
            break
        await asyncio.sleep(PAUSE)
        there = await http.get(path, MergeRequest)
    return there


async def _rebased(http: ForgeHttp, path: str) -> str:
    """Have it rebased; the new head."""
    await http.send("PUT", f"{path}/rebase", json={})
    for _ in range(LOOKS):
        there = await http.get(path, MergeRequest, include_rebase_in_progress="true")
        if not there.rebase_in_progress:
            if there.merge_error:
                raise Refused(f"it could not be rebased: {there.merge_error}", why="conflict")
            return there.sha or ""
        await asyncio.sleep(PAUSE)
    raise TryAgainLater("GitLab is still rebasing the merge request")


def _allow(there: MergeRequest, head: str) -> None:
    if there.sha != head:
        raise Refused(f"{there.web_url} has another head by now: {(there.sha or '')[:10]}", why="moved")
    if there.detailed_merge_status in REASONS:
        why, said = REASONS[there.detailed_merge_status]
        raise Refused(f"{there.web_url} cannot be merged: {said}", why=why)
