"""How a person likes to read the portal. No audit line: it changes nothing for anybody else."""

from portal.people.models import User


def prefer_language(user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)


def prefer_theme(user: User, theme: str) -> None:
    User.objects.filter(pk=user.pk).update(theme=theme)
