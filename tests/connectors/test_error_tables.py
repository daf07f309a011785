"""The vendors' own error codes, shapes and waiting times, read as their documentation means them."""

import pytest

from connectors import amazon_ses, google_ads, intercom, meta_custom_audiences, optimizely, webhook
from hub.clock import HOUR, MINUTE, SECOND, Instant
from hub.connector_kit import Answer
from hub.connector_kit.answers import reset_epoch, retry_after
from hub.connector_kit.outcomes import Auth, Gone, Refused, Retry


def test_a_limits_reset_time_is_waited_for() -> None:
    now: Instant = 1_795_255_200_000
    limited = Answer.of(429, x_ratelimit_reset="1795255209")

    outcome = intercom.connector.answers.read(limited, now)

    assert outcome == Retry("429", after=9 * SECOND, waits=True)
    assert reset_epoch("x-ratelimit-reset")(limited, now + HOUR) == 0


def test_retry_after_in_seconds_is_honoured_and_a_date_falls_back_to_our_own_backoff() -> None:
    assert retry_after(Answer.of(429, retry_after="120")) == 120 * SECOND
    assert retry_after(Answer.of(429, retry_after="Sat, 21 Nov 2026 10:00:00 GMT")) is None


@pytest.mark.parametrize(
    ("code", "subcode", "status", "kind"),
    [
        (190, 463, 401, Auth),
        (190, None, 400, Auth),
        (200, 1870090, 403, Auth),
        (80003, None, 400, Retry),
        (17, 2446079, 400, Retry),
        (2650, 1870145, 400, Retry),
        (100, 33, 400, Gone),
        (100, 1713230, 400, Refused),
        (190, None, 200, Auth),
    ],
)
def test_metas_codes(code: int, subcode: int | None, status: int, kind: type) -> None:
    error = {"code": code, "message": "x"} | ({"error_subcode": subcode} if subcode else {})

    outcome = meta_custom_audiences.connector.answers.read(Answer.of(status, {"error": error}), 0)

    assert isinstance(outcome, kind)


def test_meta_says_itself_what_is_transient_and_when_access_comes_back() -> None:
    usage = '{"1":[{"type":"custom_audience","estimated_time_to_regain_access":3}]}'
    body = {"error": {"code": 100, "is_transient": True}}

    outcome = meta_custom_audiences.connector.answers.read(
        Answer.of(400, body, x_business_use_case_usage=usage), 0
    )

    assert isinstance(outcome, Retry)
    assert outcome.after == 3 * MINUTE


def test_googles_violations_name_the_rows() -> None:
    field = "audience_members[3].user_data.user_identifiers[0].email_address"
    details = [{"fieldViolations": [{"field": field, "reason": "INVALID_SHA256_FORMAT"}]}]
    answer = Answer.of(400, {"error": {"status": "INVALID_ARGUMENT", "details": details}})

    assert google_ads.connector.answers.rows_at_fault(answer) == {3: "INVALID_SHA256_FORMAT"}
    assert google_ads.connector.answers.blames_a_row(answer)


def test_optimizelys_invalids_name_the_rows() -> None:
    answer = Answer.of(400, {"title": "Bad Request", "detail": {"invalids": [{"event": 1, "message": "x"}]}})

    assert optimizely.connector.answers.rows_at_fault(answer) == {1: "invalid attributes"}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "TooManyRequestsException", Retry),
        (400, "ThrottlingException", Retry),
        (400, "MessageRejected", Refused),
        (404, "NotFoundException", Refused),
        (400, "AccountSuspendedException", Auth),
        (400, "SendingPausedException", Auth),
        (403, "AccessDeniedException", Auth),
        (500, "InternalFailure", Retry),
    ],
)
def test_sess_codes(status: int, code: str, kind: type) -> None:
    answer = Answer.of(status, {"code": code, "message": "x"})

    assert isinstance(amazon_ses.connector.answers.read(answer, 0), kind)


def test_a_spent_daily_quota_is_waited_for_longer() -> None:
    body = {"code": "ThrottlingException", "message": "Daily message quota exceeded."}

    outcome = amazon_ses.connector.answers.read(Answer.of(400, body), 0)

    assert isinstance(outcome, Retry)
    assert outcome.after == 10 * MINUTE


@pytest.mark.parametrize(
    ("status", "kind"), [(410, Gone), (422, Refused), (401, Auth), (302, Retry), (409, Retry), (502, Retry)]
)
def test_a_webhooks_statuses(status: int, kind: type) -> None:
    assert isinstance(webhook.connector.answers.read(Answer(status=status), 0), kind)
