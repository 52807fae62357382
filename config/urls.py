"""Where every address goes."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("interfaces.api.urls")),
    path("", include("interfaces.health.urls")),
    path("", include("interfaces.operator")),
    path("", include("interfaces.site.urls")),
]
