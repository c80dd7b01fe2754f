"""What is asked of S3, and what it means when it does not answer as wished."""

import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

import boto3
import botocore.exceptions as aws
from botocore import UNSIGNED
from botocore.config import Config

from settings import Settings, Source

PARALLEL = 4
ATTEMPTS = 3
CHUNK = 1 << 18

stop = threading.Event()


class Stopped(BaseException):
    """The container is told to end."""


class Failure(Exception):
    """Why something could not be copied, in words for the page's reader."""


@dataclass
class Object:
    """An object as it was listed or fetched, and the time that it is served with."""

    source: str
    bucket: str
    key: str
    size: int
    etag: str
    modified: int
    time: int

    @property
    def version(self) -> tuple:
        return self.bucket, self.key, self.size, self.etag, self.modified


class Bucket:
    """What is asked of S3. With the credentials of the environment, of a shared file or of the pod's role, whichever comes
    first; where there are none, anonymously. Once its server is not there, it is not asked again."""

    def __init__(self, settings: Settings):
        if settings.endpoint and not re.fullmatch(r"https?://[^/@]+(/[^@]*)?", settings.endpoint):
            raise Failure("S3_ENDPOINT_URL is not an http or https address, or holds a password")
        self.down: str | None = None
        # In every round anew: what the pod's role is given expires.
        session = boto3.session.Session(region_name=settings.region)
        try:
            credentials = session.get_credentials()
        except aws.PartialCredentialsError as error:
            raise Failure("of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY one is missing") from error
        except aws.BotoCoreError as error:
            raise Failure(reason(error)) from error
        self.client = session.client(
            "s3",
            endpoint_url=settings.endpoint,
            config=Config(
                signature_version=None if credentials else UNSIGNED,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                connect_timeout=10,
                read_timeout=30,
                max_pool_connections=PARALLEL,
                # Services that are not Amazon's may lack names of buckets in names of hosts, and newer checksums.
                s3={"addressing_style": "path" if settings.endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def asked(self, question):
        """The answer to a question, which takes a client. Waiting for each of thousands of objects in vain would take hours."""
        if self.down:
            raise Failure(self.down)
        try:
            return question(self.client)
        except UNREACHABLE as error:
            self.down = reason(error)
            raise

    def listed(self, source: Source) -> list[tuple[Object, str]]:
        """A source's objects, and the storage class of each."""
        return self.asked(lambda client: self.listing(client, source))

    def fetch(self, wanted: Object, place: Path, limit: int) -> Object:
        """The object, whole, in this place; as it is now, which may be newer than it was listed."""
        return self.asked(lambda client: self.fetched(client, wanted, place, limit))

    def listing(self, client, source: Source) -> list[tuple[Object, str]]:
        if not source.folder:
            where = {"Bucket": source.bucket, "Key": source.prefix}
            try:
                head = client.head_object(**where)
            except aws.ClientError:
                # An answer without a body does not say why.
                head = client.get_object(**where)
                head["Body"].close()
            return [(made(source, source.prefix, head["ContentLength"], head), head.get("StorageClass", ""))]
        found = []
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=source.prefix)
        for page in pages:
            for one in page.get("Contents", []):
                # What a console makes for an empty folder is no file.
                if not one["Key"].endswith("/"):
                    found.append((made(source, one["Key"], one["Size"], one), one.get("StorageClass", "")))
        return found

    def fetched(self, client, wanted: Object, place: Path, limit: int) -> Object:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = client.get_object(Bucket=wanted.bucket, Key=wanted.key)
                size = answer["ContentLength"]
                if size > limit:
                    raise Failure(f"it has grown to {size} bytes, more than S3_MAX_FILE_BYTES")
                with open(place, "wb") as file:
                    for chunk in answer["Body"].iter_chunks(CHUNK):
                        if stop.is_set():
                            raise Stopped
                        file.write(chunk)
                    if file.tell() != size:
                        raise aws.IncompleteReadError(actual_bytes=file.tell(), expected_bytes=size)
                got = made(wanted, wanted.key, size, answer)
                os.chmod(place, 0o644)
                return got
            except (aws.IncompleteReadError, aws.ReadTimeoutError, aws.ResponseStreamingError):
                if attempt == ATTEMPTS:
                    raise
                stop.wait(attempt)
        raise AssertionError


def made(source, key: str, size: int, answer: dict) -> Object:
    modified = int(answer["LastModified"].timestamp())
    name = source.source if isinstance(source, Object) else source.name
    return Object(name, source.bucket, key, size, answer.get("ETag", ""), modified, modified)


UNREACHABLE = (aws.EndpointConnectionError, aws.ProxyConnectionError, aws.ConnectTimeoutError, aws.ReadTimeoutError, aws.ConnectionClosedError, aws.SSLError)
MEANINGS = {
    "AccessDenied": "access is denied",
    "403": "access is denied, or there is no such object",
    "404": "there is no such object",
    "NoSuchKey": "there is no such object",
    "NoSuchBucket": "there is no such bucket",
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key is wrong",
    "ExpiredToken": "the credentials have expired",
    "InvalidObjectState": "the object is archived",
}
# What asking a bucket may raise.
ERRORS = (Failure, aws.BotoCoreError, aws.ClientError)
GONE = ("404", "NoSuchKey")


def code(error: Exception) -> str | None:
    """S3's word for an error, where it is S3's."""
    return str(error.response.get("Error", {}).get("Code", "?"))[:60] if isinstance(error, aws.ClientError) else None


def reason(error: Exception) -> str:
    """In a few words, without hosts and buckets: the page shows it to its readers."""
    match error:
        case Failure():
            return str(error)
        case aws.ClientError():
            return MEANINGS.get(code(error), f"the bucket answered {code(error)}")
        case aws.EndpointConnectionError() | aws.ProxyConnectionError() | aws.ConnectionClosedError():
            return "the bucket's server cannot be reached"
        case aws.SSLError():
            return "the certificate of the bucket's server is not trusted (AWS_CA_BUNDLE)"
        case aws.ConnectTimeoutError() | aws.ReadTimeoutError():
            return "the bucket's server does not answer"
        case aws.IncompleteReadError() | aws.ResponseStreamingError():
            return "the connection broke off"
        case aws.ParamValidationError():
            return "the name of the bucket or the key is not valid"
        case OSError(strerror=text) if text:
            return f"the copy cannot be written: {text}"
        case ValueError():
            return "the address of the bucket's server is not valid"
    return type(error).__name__
