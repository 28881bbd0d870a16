"""Failures of the Hugging Face hub in plain words, with the way out."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from lake.errors import OdaError, SourceError, StorageError, UsageError
from lake.sources.hub_address import HubAddress


def endpoint() -> str:
    """The hub in use: HF_ENDPOINT as it is now, else the public one."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def is_transient(error: BaseException) -> bool:
    """Whether asking once more may help: no connection, a timeout, an overloaded server."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in (408, 429, 500, 502, 503, 504)
    return isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.UnsupportedProtocol)


@contextmanager
def in_plain_words(address: HubAddress) -> Iterator[None]:
    """Turn what `huggingface_hub` raises into SourceError, UsageError or StorageError."""
    import httpx2

    try:
        yield
    except OdaError:
        raise
    # huggingface_hub raises OSError, ValueError and the errors of its HTTP library for what users cause.
    except (OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _explained(error, address) from error


def _explained(error: Exception, address: HubAddress) -> OdaError:
    place = f"hf://{address.repository}"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"The disk is full while downloading {place}.", hint="Free some space and run it again.")
    if isinstance(error, PermissionError):
        return StorageError(f"No permission to keep the download of {place}: {error}")
    cause = _root_cause(error)
    return _refused(cause, address, place) or _answered(cause, place) or _unanswered(cause, place)


def _refused(cause: BaseException, address: HubAddress, place: str) -> SourceError | None:
    """The refusals that have a type of their own; gated is a kind of not found, so it comes first."""
    from huggingface_hub import errors

    page = f"{endpoint()}/datasets/{address.repository}"
    token = "HF_TOKEN may not grant access" if os.environ.get("HF_TOKEN") else "set HF_TOKEN if it is private"
    known: tuple[tuple[type[BaseException], str, str], ...] = (
        (
            errors.GatedRepoError,
            "the dataset is gated: its owner wants its terms accepted first",
            f"Accept them at {page} and set HF_TOKEN to your access token.",
        ),
        (
            errors.RepositoryNotFoundError,
            f"{endpoint()} knows no such dataset, or it is private",
            f"Check the name; {token}.",
        ),
        (
            errors.RevisionNotFoundError,
            f"it has no revision {address.revision!r}",
            f"Branches and tags: {page}/tree/main; leave @… out for main.",
        ),
        (errors.DisabledRepoError, "the hub has disabled access to this dataset", ""),
        (
            errors.OfflineModeIsEnabled,
            "HF_HUB_OFFLINE forbids asking the hub",
            "Unset it, or name a commit that was read before.",
        ),
    )
    for kind, reason, hint in known:
        if isinstance(cause, kind):
            return SourceError(reason, file=place, hint=hint)
    return None


def _answered(error: BaseException, place: str) -> SourceError | None:
    from huggingface_hub.errors import HfHubHTTPError

    if not isinstance(error, HfHubHTTPError):
        return None
    status = error.response.status_code
    if status in (401, 403):
        reason = "HF_TOKEN was refused" if os.environ.get("HF_TOKEN") else "it needs a login"
        return SourceError(reason, file=place, hint=f"Set HF_TOKEN to a valid access token of {endpoint()}.")
    reason = "asks for fewer requests" if status == 429 else "failed" if status >= 500 else "refused the request"
    return SourceError(f"{endpoint()} {reason} (HTTP {status})", file=place, hint="Run it again later.")


def _unanswered(error: BaseException, place: str) -> OdaError:
    import httpx2

    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        return UsageError(
            f"HF_ENDPOINT is not an address: {endpoint()!r}.", hint="Write it like https://huggingface.co"
        )
    if isinstance(error, httpx2.TimeoutException):
        reason = f"{endpoint()} did not answer in time"
    elif isinstance(error, httpx2.TransportError):
        reason = f"cannot reach {endpoint()} ({error or type(error).__name__})"
    else:
        reason = f"the answer of {endpoint()} makes no sense: {str(error).splitlines()[0] if str(error) else error!r}"
    return SourceError(
        reason, file=place, hint="Check the network, HF_ENDPOINT and the proxy settings; what was complete is kept."
    )


def _root_cause(error: BaseException) -> BaseException:
    """The error behind the ones that only say that no cached copy was found either."""
    from huggingface_hub.errors import LocalEntryNotFoundError

    seen = 0
    while isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None and seen < 10:
        error, seen = error.__cause__, seen + 1
    return error
