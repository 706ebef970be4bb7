"""What can be wrong with a booking; each class is a remedy, its data are attributes."""

from __future__ import annotations

from appointments.slots import Slot


class AppointmentError(Exception):
    """Base of what can be wrong with a booking."""


class NoShop(AppointmentError):
    """The city's one-stop shop takes no bookings here, or none of this type."""


class SlotUnavailable(AppointmentError):
    """The plan does not offer this time, or it is too soon or too far."""


class SlotTaken(AppointmentError):
    """Somebody else has it. `alternatives`: the nearest free slots."""

    def __init__(self, alternatives: list[Slot]) -> None:
        super().__init__("somebody else has this time")
        self.alternatives = alternatives


class TooManyAppointments(AppointmentError):
    """The person holds as many as one may, or has booked as often as one may in a day."""


class AlreadyBooked(AppointmentError):
    """The person holds one of this type already."""


class NotFound(AppointmentError):
    """No such appointment of this person or city, or none that is still to come."""


class WrongStatus(AppointmentError):
    """The appointment's status does not allow this; somebody else was first."""


class TooManyWaiting(AppointmentError):
    """The person waits on as many lists as one may already."""


class OfferGone(AppointmentError):
    """The time was kept for a while, and the while is over."""


class NoteTooLong(AppointmentError):
    """A note of more than `appointments.models.MAX_NOTE` characters."""


class NotePersonal(AppointmentError):
    """A note that seems to hold a name, a telephone number or an e-mail address: `what` (name, phone, email). Not kept."""

    def __init__(self, what: str) -> None:
        super().__init__(f"this looks like personal data: {what}")
        self.what = what


class InterpreterUnsuitable(AppointmentError):
    """The interpreter is not there then, does not speak the language, or is not of the gender that was asked for."""


class InterpreterBusy(AppointmentError):
    """The interpreter is with somebody else then."""


class BadDay(AppointmentError):
    """A day that is past, or more than a year ahead: nothing of the plan is changed there."""


class BadHours(AppointmentError):
    """What was typed is no hours of a day in order, on quarters of an hour: 9-13, 14:30-18."""
