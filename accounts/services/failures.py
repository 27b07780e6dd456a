"""What AWS's reasons for not making an account mean, and where each leads."""

from django.utils.translation import gettext_noop

from portal.flow.said import said

# The account may have been made after all: look before anything else.
AMBIGUOUS = frozenset({"EMAIL_ALREADY_EXISTS", "CONCURRENT_ACCOUNT_MODIFICATION"})
# AWS says to try again: a retry asks for the account anew, with the same name and address.
PASSING = frozenset(
    {
        "INTERNAL_FAILURE",
        "CONCURRENT_ACCOUNT_MODIFICATION",
        "PENDING_BUSINESS_VALIDATION",
        "UNKNOWN_BUSINESS_VALIDATION",
        "ACCOUNT_LIMIT_EXCEEDED",
        "MISSING_PAYMENT_INSTRUMENT",
        "INVALID_PAYMENT_INSTRUMENT",
        "MISSING_BUSINESS_VALIDATION",
        "FAILED_BUSINESS_VALIDATION",
        "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
        "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
    }
)

SENTENCES = {
    "ACCOUNT_LIMIT_EXCEEDED": gettext_noop(
        "The organisation has as many accounts as AWS allows. Ask AWS to raise the quota, then"
        " retry."
    ),
    "ACCOUNT_NUMBER_LIMIT_EXCEEDED": gettext_noop(
        "The organisation has as many accounts as AWS allows; closed ones count for 90 days. Ask"
        " AWS to raise the quota, then retry."
    ),
    "EMAIL_ALREADY_EXISTS": gettext_noop(
        "Another AWS account uses this e-mail address. Cancel this, and ask again under another"
        " name."
    ),
    "INVALID_ADDRESS": gettext_noop(
        "AWS does not accept the organisation's postal address. Correct it in the management"
        " account, then ask again."
    ),
    "INVALID_EMAIL": gettext_noop(
        "AWS does not accept the e-mail address. Check the pattern of the organisation's addresses."
    ),
    "CONCURRENT_ACCOUNT_MODIFICATION": gettext_noop(
        "AWS says that the same request was sent already. Retry in some minutes: the portal looks"
        " for the account first."
    ),
    "INTERNAL_FAILURE": gettext_noop(
        "AWS had a fault of its own. Retry; when it comes again, open a case with AWS Support."
    ),
    "GOVCLOUD_ACCOUNT_ALREADY_EXISTS": gettext_noop(
        "A GovCloud account exists already for this one. A person must look in AWS."
    ),
    "MISSING_BUSINESS_VALIDATION": gettext_noop(
        "AWS wants to validate the company first. Do that in the management account, then retry."
    ),
    "FAILED_BUSINESS_VALIDATION": gettext_noop(
        "AWS could not validate the company. Clear that with AWS, then retry."
    ),
    "PENDING_BUSINESS_VALIDATION": gettext_noop(
        "AWS is still validating the company. Retry when it has ended."
    ),
    "UNKNOWN_BUSINESS_VALIDATION": gettext_noop(
        "AWS can't tell whether the company is validated. Retry later, or ask AWS Support."
    ),
    "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION": gettext_noop(
        "The identity given for the company's validation is not valid. Correct it in AWS, then"
        " retry."
    ),
    "MISSING_PAYMENT_INSTRUMENT": gettext_noop(
        "The management account has no means of payment. Add one in AWS, then retry."
    ),
    "INVALID_PAYMENT_INSTRUMENT": gettext_noop(
        "The means of payment of the management account is not valid. Correct it in AWS, then"
        " retry."
    ),
    "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED": gettext_noop(
        "The organisation's resource policy forbids tags on new accounts. Change it, then retry."
    ),
}


UNKNOWN = gettext_noop(
    "AWS did not make the account and gave a reason that the portal does not know: “%(reason)s”."
    " A person must look."
)


def sentence_for(reason: str) -> str:
    """A clear sentence (`said`) for a FailureReason, or for a refusal that contains one."""
    for code, sentence in SENTENCES.items():
        if code in reason.split():
            return said(sentence, code=code)
    return said(UNKNOWN, reason=reason)
