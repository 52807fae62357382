"""/healthz: this process answers. /readyz: it may be shown to people."""

from dataclasses import asdict

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interfaces.clock import wall_ms
from interfaces.health.checks import find_all


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Return 200 as long as the process answers at all, and what it is for; looks at nothing else."""
    return JsonResponse({"status": "ok", "trading": settings.ARENA_TRADING})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Return 200 if every check that applies is fine, else 503; each check says what is wrong."""
    findings = find_all(wall_ms())
    is_ready = all(finding.state != "failed" for finding in findings.values())
    body = {
        "status": "ready" if is_ready else "not_ready",
        "checks": {name: asdict(finding) for name, finding in findings.items()},
    }
    return JsonResponse(body, status=200 if is_ready else 503)
