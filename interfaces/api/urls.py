"""Addresses of the api face, under /api/v1/."""

from django.urls import URLPattern, path, re_path

from interfaces.api import (
    contestant_views,
    documents,
    measure_views,
    seat_views,
    strategy_views,
    switch_views,
    views,
)

urlpatterns: list[URLPattern] = [
    path("openapi.json", documents.Document.as_view(), name="api-document"),
    path("docs/", documents.Swagger.as_view(), name="api-docs"),
    path("seasons/", views.Seasons.as_view(), name="api-seasons"),
    path("seasons/<slug:slug>/", views.Season.as_view(), name="api-season"),
    path("seasons/<slug:slug>/version", views.Version.as_view(), name="api-version"),
    path("seasons/<slug:slug>/leaderboard", views.Leaderboard.as_view(), name="api-leaderboard"),
    path("seasons/<slug:slug>/standings", views.Standings.as_view(), name="api-standings"),
    path("seasons/<slug:slug>/curves", views.Curves.as_view(), name="api-curves"),
    path("seasons/<slug:slug>/prices", views.Prices.as_view(), name="api-prices"),
    path("seasons/<slug:slug>/rules", views.Rules.as_view(), name="api-rules"),
    path("seasons/<slug:slug>/decisions", views.Decisions.as_view(), name="api-decisions"),
    path("seasons/<slug:slug>/fills", views.Fills.as_view(), name="api-fills"),
    path("seasons/<slug:slug>/rounds/", views.Rounds.as_view(), name="api-rounds"),
    path("seasons/<slug:slug>/rounds/<int:number>/", views.Round.as_view(), name="api-round"),
    path(
        "seasons/<slug:slug>/rounds/<int:number>/turns/<slug:contestant>/",
        views.Turn.as_view(),
        name="api-turn",
    ),
    path(
        "seasons/<slug:slug>/contestants/<slug:contestant>/",
        views.Contestant.as_view(),
        name="api-contestant",
    ),
    path("seasons/<slug:slug>/measures", measure_views.SeasonMeasures.as_view(), name="api-measures"),
    path(
        "seasons/<slug:slug>/contestants/<slug:contestant>/measures",
        measure_views.ContestantMeasures.as_view(),
        name="api-contestant-measures",
    ),
    path("contestants", contestant_views.EnterContestant.as_view(), name="api-enter-contestant"),
    path(
        "contestants/<slug:slug>/test",
        contestant_views.TryContestant.as_view(),
        name="api-test-contestant",
    ),
    path("errands/<str:errand_id>", contestant_views.Errand.as_view(), name="api-errand"),
    path("switch", switch_views.Switch.as_view(), name="api-switch"),
    path("strategies", strategy_views.Strategies.as_view(), name="api-strategies"),
    path("strategies/draft", strategy_views.Draft.as_view(), name="api-draft-strategy"),
    path("strategies/<slug:name>", strategy_views.Strategy.as_view(), name="api-strategy"),
    path("strategies/<slug:name>/try", strategy_views.Try.as_view(), name="api-try-strategy"),
    path("strategies/<slug:name>/apply", strategy_views.Apply.as_view(), name="api-apply-strategy"),
    path("strategies/<slug:name>/retire", strategy_views.Retire.as_view(), name="api-retire-strategy"),
    path("seat", seat_views.Seat.as_view(), name="api-seat"),
    path("seat/observation", seat_views.Observation.as_view(), name="api-seat-observation"),
    path("seat/decisions", seat_views.Decisions.as_view(), name="api-seat-decisions"),
    path("seat/history", seat_views.History.as_view(), name="api-seat-history"),
    re_path(r"^(?P<rest>.*/)?$", documents.UnknownAddress.as_view()),
]
