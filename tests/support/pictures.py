"""Pictures as people attach them."""

from base64 import b85decode
from io import BytesIO
from typing import Any

from PIL import Image

ORIENTATION, _MAKER, _GPS = 0x0112, 0x010F, 0x8825
HEIC = b85decode(
    "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0004(ZDn*}000000000XXk=`10000000000aA{+700000000000000000000G-+&a"
    "V*mgE07O6l0ssL300001y8r<I00000002S&0ssI200I2~0RR9100000J^%m!IB98aW&i*H00062000$fZf0cy000000RRAKc4ILB"
    "0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031007o$aB^?}006gXaAR)(004Msc4I>U18@KU0FVFx0000U@BsY%`1k+-"
    "4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096iLID8-Z~y=U0FVFx0{{R603M(qfd!W8Nhz*w0vZem00093$N&HX00=;0"
    "00968L;=Baup&SJ000wXZ)|dIV{CW;0RRmE27mwn02FC+aAg1h0000006+i$06+i$01$9#cxeCt0009B2nYZG02gU+ZD9Za00000"
    "009621c3qr1ONa48fkK6W&i*H000004r63<V*mmG0RRC2004+>WMOmw002HH0k0W=28q|6v8s=W>hV<=pf^d1fkJFZ-&MTpFjh-{"
    "Ezh6-{V%>4tu*Io|7Xs9NP$wiwM33KnneXUXaE2J21R&jW&i+9O#mtY000O80s#*I0ssI24gdfECIJ!v0{{R30RRC20000008?dS"
    "a%FTNP-t&%Wpe-"
)
"""A picture of 64 by 64 pixels, as a telephone takes them, with the maker's name in its EXIF data."""


def exif(turned: int = 1) -> Image.Exif:
    """Return what a telephone says of a picture: its maker, how it is turned, and the place."""
    made = Image.Exif()
    made[ORIENTATION] = turned
    made[_MAKER] = "Secret Phones"
    made[_GPS] = {1: "N", 2: (48.0, 12.0, 30.0)}
    return made


def saved(form: str, picture: Image.Image | None = None, **how: Any) -> bytes:
    """Return a picture in a format."""
    made = BytesIO()
    (picture or Image.effect_noise((64, 48), 50).convert("RGB")).save(made, form, **how)
    return made.getvalue()
