from django.db import migrations, models

VOID_THE_OLD = """
UPDATE portal_decision SET is_void = true
FROM portal_approval a, portal_approvalstep s
WHERE a.id = portal_decision.approval_id AND s.id = portal_decision.step_id
  AND (s.is_void OR a.content_hash <> portal_decision.content_hash)
"""


class Migration(migrations.Migration):
    """A person who decided may decide again once the subject was edited, even back to what it was."""

    dependencies = [
        ('portal', '0002_portal_address_and_deadlines'),
    ]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='is_void',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(VOID_THE_OLD, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name='decision',
            name='a_person_decides_once',
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(condition=models.Q(('is_void', False)), fields=('approval', 'decider'), name='a_person_decides_once'),
        ),
    ]
