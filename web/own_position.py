"""Where whoever sends a form or a request stands, as phones send it with a step."""

from pydantic import BaseModel, Field

from cases.rules.on_site import OWN_SYSTEMS, OwnPosition, read_own_position


class OwnPositionSent(BaseModel):
    """One's own position, which may be left out; numbers that cannot be are refused (`bad_own_position`)."""

    own_lon: float | None = Field(
        None, title="本人经度", description="Longitude of whoever takes the step, degrees of `own_system`."
    )
    own_lat: float | None = Field(None, title="本人纬度", description="Latitude, degrees of `own_system`.")
    own_accuracy_m: float | None = Field(
        None,
        title="本人定位精度",
        description="Radius in metres of the position (W3C `coords.accuracy`); exact if left out.",
    )
    own_system: str = Field(
        "WGS84", max_length=20, title="本人坐标系", description=f"One of {', '.join(OWN_SYSTEMS)}."
    )

    def own_position(self) -> OwnPosition | None:
        """The position, if one was sent.

        :raises BadOwnPosition: for numbers that cannot be.
        """
        return read_own_position(self.own_lon, self.own_lat, self.own_accuracy_m, self.own_system)
