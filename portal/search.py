"""What the search box finds in the ground: people and runs."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.flow.reading import plan_title, visible_to
from portal.people.models import User
from portal.permissions import Action
from portal.ui.search import Hit, search_provider

MOST_HITS = 8


@search_provider("person", title=_("People"), needs=Action.PEOPLE_VIEW)
def people(user: User, q: str) -> list[Hit]:
    named = Q(name__icontains=q) | Q(username__icontains=q) | Q(email__icontains=q)
    return [
        Hit(
            title=person.name,
            subtitle=person.email,
            href=reverse("person-detail", args=[person.pk]),
            icon="user",
        )
        for person in User.objects.filter(named, is_system=False)[:MOST_HITS]
    ]


@search_provider("run", title=_("Runs"), needs=Action.RUN_VIEW)
def runs(user: User, q: str) -> list[Hit]:
    return [
        Hit(
            title=str(run),
            subtitle=plan_title(run.plan),
            href=reverse("run-detail", args=[run.pk]),
            icon="player-play",
        )
        for run in visible_to(user).filter(title__icontains=q)[:MOST_HITS]
    ]
