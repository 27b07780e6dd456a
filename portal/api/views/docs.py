"""The schema, its page, and the answer where there is no door."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import redirect, resolve_url
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import AllowAny

from portal.api.doors import Door
from portal.api.request import ApiRequest
from portal.errors import Missing


class SchemaApi(Door, SpectacularAPIView):
    """OpenAPI 3, as YAML or JSON by the Accept header."""

    needs = {"GET": None}


class DocsApi(Door, SpectacularSwaggerSplitView):
    """Swagger UI from our own files, its script apart from the page: the CSP stays strict."""

    needs = {"GET": None}
    url_name = "api-schema"
    template_name = "tokens/swagger.html"

    def handle_exception(self, error: Exception) -> Any:
        if isinstance(error, NotAuthenticated):
            query = urlencode({"next": self.request.path})
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
        return super().handle_exception(error)


class NoDoorApi(Door):
    """Every other address below /api/: 404 in the API's own shape, for whomever and whatever."""

    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: ApiRequest, rest: str = "") -> Any:
        raise Missing()

    post = patch = delete = get
