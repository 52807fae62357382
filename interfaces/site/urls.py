"""Addresses of the pages."""

from django.urls import URLPattern, path

from interfaces.site import desk_views, views

app_name = "site"

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("desk/", desk_views.desks, name="desks"),
    path("desk/<slug:slug>/<slug:contestant_slug>/", desk_views.desk, name="desk"),
    path("seasons/<slug:slug>/", views.season, name="season"),
    path("seasons/<slug:slug>/rules/", views.rules, name="rules"),
    path("seasons/<slug:slug>/rounds/", views.rounds, name="rounds"),
    path("seasons/<slug:slug>/rounds/<int:number>/", views.round_page, name="round"),
    path("seasons/<slug:slug>/rounds/<int:number>/<slug:contestant_slug>/", views.turn, name="turn"),
    path("seasons/<slug:slug>/contestants/<slug:contestant_slug>/", views.contestant, name="contestant"),
]
