"""A local AWS for teaching and testing: real protocols, real errors, faults on demand, a ledger.

`LocalAws` runs it in a thread, `python -m portal.local.aws` as a
process. Organizations, STS, StackSets, Identity Center, Budgets, alternate contacts and the tags of
accounts are ours; everything else goes on to moto; what neither does answers `NotEmulated`.
Nothing outside `portal/local` and the tests imports this.
"""

from portal.local.aws.running import LocalAws, LocalAwsProcess

__all__ = ["LocalAws", "LocalAwsProcess"]
