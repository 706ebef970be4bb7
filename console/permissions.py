"""What each role may do in the console: reading apart from writing, asked for at each view."""

from __future__ import annotations

from enum import Enum


class Permission(str, Enum):
    APPOINTMENTS_READ = "appointments:read"
    APPOINTMENTS_WRITE = "appointments:write"
    PLAN_WRITE = "plan:write"
    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_PROPOSE = "catalogue:propose"
    CATALOGUE_WRITE = "catalogue:write"
    NETWORK_READ = "network:read"
    TELEGRAM_LINK = "telegram:link"
    ACCOUNTS_WRITE = "accounts:write"
    AUDIT_READ = "audit:read"


_STAFF = {
    Permission.APPOINTMENTS_READ,
    Permission.APPOINTMENTS_WRITE,
    Permission.PLAN_WRITE,
    Permission.TELEGRAM_LINK,
}
_PROVIDER = {Permission.CATALOGUE_READ, Permission.CATALOGUE_PROPOSE}
_OPERATOR = {*_PROVIDER, Permission.CATALOGUE_WRITE}

PERMISSIONS_OF_ROLE: dict[str, frozenset[Permission]] = {
    "staff": frozenset(_STAFF),
    "operator": frozenset(_OPERATOR),
    "provider": frozenset(_PROVIDER),
    "network": frozenset({Permission.NETWORK_READ}),
    "admin": frozenset(Permission),
}
ROLES = tuple(PERMISSIONS_OF_ROLE)
ROLES_WITH_CITY = ("staff", "operator", "provider")
"""Roles that work for the cities of their account; the others for all."""
WITHOUT_CITY = frozenset(
    {Permission.NETWORK_READ, Permission.TELEGRAM_LINK, Permission.ACCOUNTS_WRITE, Permission.AUDIT_READ}
)
"""What is not about one city."""
