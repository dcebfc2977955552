"""What is wrong with a setting, and what to write instead."""

from __future__ import annotations

from pathlib import Path

from whmcs_bridge.messages.language import Text

# A value

SPACES = Text("la dirección contiene espacios", "the address contains spaces")
NOT_AN_ADDRESS = Text("no es una dirección web válida", "is not a valid web address")
NOT_WHOLE = Text(
    "debe ser una dirección web completa, como https://pagos.ejemplo.com/",
    "must be a whole web address such as https://pay.example.com/",
)
NOT_HTTPS = Text(
    "debe empezar por https:// (http solo se acepta dentro del mismo equipo o de su red)",
    "must begin with https:// (http only within this machine or its own network)",
)
QUERY = Text("la dirección no debe llevar ? ni #", "the address must carry no ? and no #")
NOT_ASCII = Text("solo admite letras, números y signos ASCII", "takes plain ASCII characters only")
EMAIL = Text("debe ser un correo, como soporte@ejemplo.com", "must be an e-mail address, help@example.com")
WHATSAPP = Text(
    "debe ser un número de WhatsApp con el indicativo del país, como +57 300 1234567",
    "must be a WhatsApp number with its country, such as +57 300 1234567",
)
COLOUR = Text("debe ser un color como #0a7d5a", "must be a colour such as #0a7d5a")
TIME_ZONE = Text("no es una zona horaria; use America/Bogota", "is no time zone; use America/Bogota")
CHANNELS = Text(
    "debe ser email, notification, los dos separados por una coma, u off",
    "must be email, notification, both with a comma between, or off",
)
DATABASE = Text(
    "debe empezar por sqlite:///, mysql+pymysql:// o postgresql+psycopg://",
    "must begin with sqlite:///, mysql+pymysql:// or postgresql+psycopg://",
)
PASSWORD = Text(
    "la contraseña lleva signos que tienen otro oficio en una dirección: escriba @ como %40, / como %2F, ? como"
    " %3F y % como %25",
    "the password holds characters that mean something else in an address: write @ as %40, / as %2F, ? as %3F"
    " and % as %25",
)
CLIENTS = Text(
    "debe ser una lista de números de clientes de WHMCS, como 77, 81",
    "must be a list of WHMCS client numbers such as 77, 81",
)
DAILY = Text("debe ser daily u off", "must be daily or off")


def client_area_page(page: str) -> Text:
    return Text(
        f"es la dirección del área de clientes, sin «{page}» al final",
        f"is the client area's address, without '{page}' at its end",
    )


def bridge_page(page: str) -> Text:
    return Text(
        f"es la dirección del puente, sin «{page}» al final",
        f"is the bridge's address, without '{page}' at its end",
    )


def too_short(length: int) -> Text:
    return Text(
        f"cada valor debe tener al menos {length} caracteres; cree uno con: openssl rand -hex 32",
        f"each value needs at least {length} characters; make one with: openssl rand -hex 32",
    )


def not_networks(text: str) -> Text:
    return Text(
        f"debe ser una lista de direcciones o redes, como 127.0.0.1, 10.0.0.0/8 o ::1, sin nombres: «{text}» no lo es",
        f'must be a list of addresses or networks such as 127.0.0.1, 10.0.0.0/8 or ::1, no names: "{text}" is none',
    )


def whole_internet(text: str) -> Text:
    return Text(
        f"{text} es todo internet y cualquiera podría fingir su dirección: escriba solo las de sus proxies",
        f"{text} is the whole internet, and anybody could forge an address: write those of your proxies alone",
    )


# The formulas of the settings, by ``why``; ``{}`` is the part that is meant, in quotes.
FEES = {
    "decimal_comma": Text(
        "{}: los decimales llevan punto, como 2.65%+700; la coma separa métodos, cada uno con su nombre",
        "{}: decimals take a point, as in 2.65%+700; a comma parts methods, each with its name",
    ),
    "method": Text(
        "{} no es un método de pago, como CARD, PSE o NEQUI, ni * (los demás)",
        "{} is no method of payment, such as CARD, PSE or NEQUI, nor * (all others)",
    ),
    "twice": Text("nombra {} dos veces", "names {} twice"),
    "none": Text("no nombra ninguna comisión, como 2.65%+700", "names no fee, such as 2.65%+700"),
    "form": Text(
        "{} no es una comisión: se escribe como 2.65%+700, 2.65% o 700, con punto decimal y sin $",
        "{} is no fee: it is written like 2.65%+700, 2.65% or 700, with a decimal point and without $",
    ),
    "thousands": Text(
        "{}: en pesos no van puntos de miles, escriba 1500 y no 1.500",
        "{}: pesos take no points for thousands, write 1500 and not 1.500",
    ),
    "whole": Text(
        "{} se queda con el pago entero: el porcentaje debe ser menor que 100%",
        "{} keeps the whole payment: the percentage must be below 100%",
    ),
    "iva": Text("{} no es un porcentaje de IVA, como 19%", "{} is no rate of IVA, such as 19%"),
}
CURRENCIES = {
    "form": Text(
        "no se entiende {0!r}: escriba, por ejemplo, USD=whmcs, USD=trm o USD=trm+2.5%",
        "{0!r} is not understood: write for instance USD=whmcs, USD=trm or USD=trm+2.5%",
    ),
    "cop": Text("COP no se escribe: los pesos siempre se pueden pagar", "leave COP out: pesos can always be paid"),
    "twice": Text("{0} está dos veces", "{0} is there twice"),
    "trm": Text(
        "la TRM es la tasa oficial del dólar; para {0} escriba {0}=whmcs",
        "the TRM is the dollar's official rate; for {0} write {0}=whmcs",
    ),
    "margin": Text(
        "el margen va solo con la TRM; la tasa de WHMCS se cambia en WHMCS",
        "only the TRM takes a margin; WHMCS's own rate is changed in WHMCS",
    ),
}
MINIMUM = {
    "least": Text("es menos de lo que Wompi recibe (1.500 pesos)", "is less than Wompi takes (1,500 pesos)"),
    "form": Text(
        "debe ser un valor en pesos, como 50000, o una parte del total, como 30%",
        "must be a sum of pesos such as 50000, or a share of the total such as 30%",
    ),
}


def bad_fees(why: str, part: str) -> Text:
    return Text(*(words.format(repr(part[:40])) for words in FEES[why]))


def bad_currencies(why: str, part: str) -> Text:
    return Text(*(words.format(part[:40]) for words in CURRENCIES[why]))


# The keys

_COPY_IT = "cópiela otra vez de comercios.wompi.co, Desarrolladores"


def not_one_environment(why: object, told: str) -> Text:
    """``told``: the environment of each key."""
    return Text(
        "las cuatro llaves deben ser del mismo ambiente, todas de pruebas (test) o todas de producción (prod)"
        f"; ahora: {told}",
        f"{why}: {told}",
    )


def wrong_key(why: object, belongs: str | None) -> Text:
    """The value is another key's: that of the setting ``belongs``; None: it is no key of Wompi's."""
    es = f"tiene el valor que va en {belongs}" if belongs else "no es la llave que va aquí"
    return Text(f"{es}; {_COPY_IT}", str(why))


def broken_key(why: object) -> Text:
    """The value begins as this key does."""
    es = "empieza bien, pero está incompleta, es un ejemplo o trae signos que ninguna llave tiene"
    return Text(f"{es}; {_COPY_IT}", str(why))


# The files


def other_encoding(file: Path, encoding: object) -> Text:
    return Text(
        f"{file} está guardado como {encoding}; guárdelo como UTF-8",
        f"{file} is saved as {encoding}; save it as UTF-8",
    )


def cannot_read(file: Path, why: str) -> Text:
    return Text(f"no se puede leer {file}: {why}", f"cannot read {file}: {why}")


def no_file(file: Path) -> Text:
    """Nothing is set, and this is where it was looked for."""
    return Text(
        f"no hay configuración: se buscó {file}, que no existe. Suele estar en la carpeta de la instalación"
        " (~/wompi-bridge/.env en cPanel) o en /etc/wompi-bridge/settings.env (en un servidor propio, con sudo"
        " wompi-bridge-admin): llame el programa desde esa carpeta, o escriba la ruta en BRIDGE_ENV_FILE",
        f"there is no configuration: {file} was looked for and does not exist. It usually is in the installation's"
        " folder (~/wompi-bridge/.env on cPanel) or at /etc/wompi-bridge/settings.env (on a server of your own, by sudo"
        " wompi-bridge-admin): call the program in that folder, or put the path into BRIDGE_ENV_FILE",
    )


def file_is_missing(file: Path) -> Text:
    return Text(f"el archivo {file} no existe", f"the file {file} does not exist")


def needs_an_administrator(command: str) -> Text:
    return Text(
        f"Esta orden necesita permisos de administrador: {command}",
        f"This command needs an administrator's permissions: {command}",
    )


# Any setting

MISSING = Text("falta; es obligatoria", "is missing; it is required")


def unknown(meant: str | None) -> Text:
    """``meant``: the setting that was probably meant."""
    return Text(
        "no es un dato del puente, y nadie lo lee" + (f"; ¿quiso escribir {meant}?" if meant else ""),
        "is no setting, and nobody reads it" + (f"; did you mean {meant}?" if meant else ""),
    )


def unseen(character: str) -> Text:
    return Text(
        f"trae un signo que no se ve o unas comillas tipográficas ({character}); escríbalo otra vez a mano",
        f"holds an invisible character or a curly quote ({character}); type it again by hand",
    )


def out_of_range(bound: str, limit: object, why: str) -> Text:
    """``bound``: pydantic's name of it."""
    es = {
        "greater_than": f"debe ser mayor que {limit}",
        "greater_than_equal": f"debe ser {limit} o más",
        "less_than_equal": f"debe ser {limit} o menos",
    }[bound]
    return Text(es, f"is out of range ({why})")


def not_a_number(*, whole: bool, days: bool) -> Text:
    es, en = ("días", "days") if days else ("segundos", "seconds")
    return Text(f"debe ser un número{' entero' if whole else ''} de {es}", f"must be a number of {en}")


def not_as_expected(why: str) -> Text:
    return Text("no tiene la forma esperada", f"is not as expected ({why})")
