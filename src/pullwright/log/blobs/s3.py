"""Blobs in an S3-compatible store. Keys come from the environment, as every S3 program reads them (AWS_ACCESS_KEY_ID, …)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from pullwright.log.blobs.blobs import check_name
from pullwright.protocol.errors import AskAdministrator, FixSettings, TryAgainLater

_GONE = ("404", "NoSuchKey", "NotFound")
_REFUSED = ("403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken")


class S3Blobs:
    """`Blobs` at `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`. The bucket must be there."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        if unknown := sorted(set(asked) - {"endpoint", "region"}):
            raise FixSettings(f"{unknown[0]!r} is no option of s3://", fix="Use endpoint= and region=.")
        if not parts.hostname:
            raise FixSettings("s3:// names no bucket", fix="Use s3://BUCKET/PREFIX.")
        self.bucket = parts.netloc
        prefix = unquote(parts.path).strip("/")
        self.prefix = f"{prefix}/" if prefix else ""
        self._client = _client(asked.get("endpoint", [None])[0], asked.get("region", [None])[0])

    def _key(self, name: str) -> str:
        return self.prefix + check_name(name)

    def put(self, name: str, data: bytes) -> None:
        """See `Blobs.put`."""
        with self._told(name):
            self._client.put_object(Bucket=self.bucket, Key=self._key(name), Body=data)

    def put_file(self, name: str, path: Path) -> None:
        """See `Blobs.put_file`: in parts where it is large."""
        with self._told(name):
            self._client.upload_file(str(path), self.bucket, self._key(name))

    def get(self, name: str) -> bytes:
        """See `Blobs.get`."""
        with self._told(name):
            return self._client.get_object(Bucket=self.bucket, Key=self._key(name))["Body"].read()

    def fetch_file(self, name: str, path: Path) -> None:
        """See `Blobs.fetch_file`."""
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with self._told(name):
                self._client.download_file(self.bucket, self._key(name), str(draft))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """See `Blobs.has`."""
        try:
            with self._told(name):
                self._client.head_object(Bucket=self.bucket, Key=self._key(name))
        except KeyError:
            return False
        return True

    def names(self, prefix: str = "") -> Sequence[str]:
        """See `Blobs.names`."""
        found: list[str] = []
        with self._told(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
            for page in pages:
                found += [one["Key"][len(self.prefix) :] for one in page.get("Contents", ())]
        return sorted(found)

    def remove(self, name: str) -> None:
        """See `Blobs.remove`."""
        with self._told(name):
            self._client.delete_object(Bucket=self.bucket, Key=self._key(name))

    def remove_all(self, prefix: str) -> None:
        """See `Blobs.remove_all`."""
        if not prefix:
            raise ValueError("everything is not removed at once")
        names = self.names(prefix)
        for start in range(0, len(names), 1000):
            keys = [{"Key": self.prefix + name} for name in names[start : start + 1000]]
            with self._told(prefix):
                self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True})

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """The store's errors as ours."""
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        where = f"s3://{self.bucket}"
        try:
            yield
        except ClientError as error:
            answer: dict[str, Any] = dict(error.response)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            code = str(answer.get("Error", {}).get("Code", ""))
            if code == "NoSuchBucket":
                raise FixSettings(f"there is no bucket {self.bucket}", fix="Make it, or name another in `blobs`.") from error
            if code in _GONE:
                raise KeyError(name) from None
            if code in _REFUSED:
                raise AskAdministrator(
                    f"{where} refuses the key: {code}", fix="Check AWS_ACCESS_KEY_ID and its rights."
                ) from error
            raise TryAgainLater(f"{where} answers: {code or error}") from error
        except NoCredentialsError as error:
            raise FixSettings(f"no key for {where}", fix="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.") from error
        except BotoCoreError as error:
            raise TryAgainLater(f"{where} does not answer: {error}") from error


def _client(endpoint: str | None, region: str | None) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise FixSettings("s3:// needs the package boto3", fix="pip install 'pullwright[s3]'") from None
    config = Config(
        retries={"max_attempts": 6, "mode": "standard"},
        connect_timeout=5,
        read_timeout=60,
        max_pool_connections=16,
        s3={"addressing_style": "path"} if endpoint else {},
    )
    client = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    return client("s3", endpoint_url=endpoint, region_name=region or "us-east-1", config=config)
