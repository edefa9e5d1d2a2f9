"""What the soak's control plane says of a record: a formula, so that both ends know the right body of any answer."""

import hashlib
import json

KNOWN = 20_000  # records rec-0 .. rec-19999
OVERSIZED_EVERY = 97  # of them, one in so many is longer than the proxy may store
OVERSIZED_BYTES = 300_000  # above --limits-record-bytes of the soak's proxy


def body_of(slug, owner, version):
    """The record's bytes, as the control plane sends them to the credential `owner`."""
    number = int(slug.removeprefix("rec-"))
    size = OVERSIZED_BYTES if number % OVERSIZED_EVERY == 1 else 200 + number * 7919 % 2800
    seed = hashlib.sha256(f"{slug} {owner} {version}".encode()).hexdigest()
    return json.dumps({"object": "integration", "slug": slug, "owner": owner, "version": version, "status": "active",
                       "description": (seed * (size // 64 + 1))[:size]}).encode()


def wrong_with(body, slug, owner, at_least):
    """Nothing, or what is wrong with an answer to `owner`'s lookup, asked after version `at_least` was acknowledged."""
    try:
        said = json.loads(body)
        version = said["version"]
    except (ValueError, KeyError, TypeError):
        return f"no record: {body[:80]!r}"
    if said["owner"] != owner:
        return f"{owner} was given {said['owner']}'s {slug}"
    if version < at_least:
        return f"{slug} in version {version}, after {at_least} was acknowledged"
    if body != body_of(slug, owner, version):
        return f"{slug}: not the bytes that were sent"
    return None
