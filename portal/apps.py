"""The ground as a Django app; on start it collects what the apps plug into the sockets."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"

    def ready(self) -> None:
        autodiscover_modules("steps", "plans", "approvals", "cards", "menu", "search")
