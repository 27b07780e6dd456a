"""`manage.py verify_audit [--expect-head SEQ:HASH]`: exit 0 when the audit log is whole, else 1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit.verify import verify


class Command(BaseCommand):
    help = "Checks the hash chain of the audit log and prints its head, to be kept elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect-head", default="", metavar="SEQ:HASH")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify(expect_head=options["expect_head"])
        if report.fault:
            raise CommandError(f"Broken at {report.fault.seq}: {report.fault.what}")
        self.stdout.write(f"{report.events} events hold. Head: {report.head}")
