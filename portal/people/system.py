"""Who acts when the clock or a rule acts."""

from portal.people.models import User


def system_user() -> User:
    """The portal itself; can't sign in, holds no role."""
    user, _made = User.objects.get_or_create(
        is_system=True,
        defaults={
            "username": "portal",
            "name": "Portal",
            "email": "portal@localhost",
            "is_active": False,
            "password": "!",
        },
    )
    return user
