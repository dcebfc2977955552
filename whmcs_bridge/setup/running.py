"""The written bridge is started, published behind the proxy, and made known to WHMCS."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from whmcs_bridge import installation
from whmcs_bridge.doctor.whmcs import Api
from whmcs_bridge.messages import bilingual
from whmcs_bridge.setup import gateway
from whmcs_bridge.setup.files import File, of_any_encoding
from whmcs_bridge.setup.machine import say
from whmcs_bridge.setup.places import Proxy, Target
from whmcs_bridge.setup.prove import asking, gateway_stands
from whmcs_bridge.setup.work import Work
from whmcs_bridge.setup.writing import NotWritable, write

_USER = "wompi-bridge"
_APACHE_MODULES = ("ssl", "proxy", "proxy_http", "rewrite", "headers", "reqtimeout")


def start(work: Work) -> bool:
    """Start it, or restart it where something has changed since it was started."""
    match work.places.target:
        case Target.SYSTEMD:
            _start_service(work)
        case Target.DOCKER:
            compose = str(work.places.folder / "compose.yaml")
            # A secret that changed is no reason to Docker: https://docs.docker.com/reference/cli/docker/compose/up/
            anew = ["--force-recreate"] if work.notes.is_stale else []
            started = work.machine.run("docker", "compose", "-f", compose, "up", "-d", "--build", *anew)
            work.started(well=started)
        case Target.PASSENGER:
            _schedule(work)
            restart = work.places.folder / "tmp" / "restart.txt"
            print(f"   $ touch {restart}")
            if not work.dry:
                restart.parent.mkdir(exist_ok=True)
                restart.touch()
            work.started(well=True)
        case Target.FILES:
            address = urlsplit(work.settings.bridge_url)
            # Without a proxy in front, which http is allowed for on this machine only, it listens where it is called.
            port = f" --port {address.port}" if address.scheme == "http" and address.port else ""
            say(
                f"   Para encenderlo: cd {work.places.folder} && wompi-bridge serve{port}",
                f"   To start it: cd {work.places.folder} && wompi-bridge serve{port}",
            )
            work.asks("¿Ya está encendido?", "Is it running?")
            work.started(well=True)
    return True


def _start_service(work: Work) -> None:
    run = work.machine.run
    if not work.machine.run("id", "-u", _USER, shown=False) or work.dry:
        home = str(installation.STATE)
        run("useradd", "--system", "--user-group", "--home-dir", home, "--shell", "/usr/sbin/nologin", _USER)
    run("install", "-d", "-m", "700", "-o", _USER, "-g", _USER, str(installation.STATE))
    if not work.machine.has("wompi-bridge"):
        run("ln", "-sfn", work.places.program, "/usr/local/bin/wompi-bridge")
    if not work.dry and not Path("/run/systemd/system").is_dir():
        say(
            f"   Aquí no corre systemd. El servicio quedó escrito; lo que enciende es: {work.places.program} serve",
            f"   systemd does not run here. The unit is written; what it starts is: {work.places.program} serve",
        )
        return
    well = run("systemctl", "daemon-reload") and run("systemctl", "enable", _USER)
    stale = work.notes.is_stale or not work.machine.run("systemctl", "is-active", "--quiet", _USER, shown=False)
    work.started(well=well and (run("systemctl", "restart", _USER) if stale or work.dry else True))


def _schedule(work: Work) -> None:
    """Cron books the payments where no process may stay: each minute."""
    folder, program = work.places.folder, work.places.program
    line = f"* * * * * cd {folder} && {program} run-once >> run-once.log 2>&1"
    there = work.machine.crontab()
    if there is None:
        say(f"   En Cron Jobs, cada minuto: {line}", f"   In Cron Jobs, each minute: {line}")
    elif line not in there.splitlines():
        print(f"   cron: {line}")
        if not work.dry and not work.machine.set_crontab(f"{there.rstrip()}\n{line}\n".lstrip("\n")):
            work.red += 1


def publish(work: Work) -> bool:
    """The site of the proxy in front, checked by the proxy itself before it reads it."""
    sites = [file for file in work.files(site=True) if file.path.name == "wompi-bridge.conf"]
    if not sites:
        say("   nada que escribir aquí", "   nothing to write here")
        return True
    (site,) = sites
    host = urlsplit(work.settings.bridge_url).hostname or ""
    reload = ("systemctl", "reload", "nginx" if work.places.proxy is Proxy.NGINX else "apache2")
    if not (Path("/etc/letsencrypt/live") / host / "fullchain.pem").is_file() and not _certify(work, host, reload):
        say(
            f"   Falta el certificado de {host} en /etc/letsencrypt/live/{host}/: instale certbot, revise que el"
            " subdominio apunte a este servidor, y repita setup.",
            f"   The certificate of {host} is missing in /etc/letsencrypt/live/{host}/: install certbot, see that"
            " the subdomain points to this server, and repeat setup.",
        )
        work.red += 1
        return True
    before = of_any_encoding(site.path.read_bytes()) if site.path.is_file() else None
    try:
        changed = work.show(site)
        if changed and not work.dry:
            work.notes.publishing()
            write(site)
    except NotWritable as error:
        say(f"FALLA: {error.es}.", f"FAIL: {error.en}.")
        work.red += 1
        return True
    if not changed and not work.notes.is_unpublished:
        say("   sin cambios", "   unchanged")
        return True
    read = False
    if _proxy_takes_it(work):
        by_itself = ("nginx", "-s", "reload") if work.places.proxy is Proxy.NGINX else ("apachectl", "graceful")
        read = work.machine.run(*reload) or work.machine.run(*by_itself)
    elif not work.dry:
        # What the proxy refuses must not keep it from starting the next time.
        if before is None or not changed:
            site.path.unlink()
        else:
            write(File(site.path, before, site.mode))
    if read and not work.dry:
        work.notes.published()
    work.red += not read
    return True


def _certify(work: Work, host: str, reload: tuple[str, ...]) -> bool:
    """Let's Encrypt's certificate, by the web root that Debian's nginx and Apache serve."""
    if not work.machine.has("certbot"):
        return work.dry
    return work.machine.run(
        "certbot", "certonly", "--webroot", "-w", "/var/www/html", "-d", host, "--deploy-hook", " ".join(reload),
        "--non-interactive", "--agree-tos", "--register-unsafely-without-email",
    )  # fmt: skip


def _proxy_takes_it(work: Work) -> bool:
    if work.places.proxy is Proxy.NGINX:
        return work.machine.run("nginx", "-t")
    if work.machine.has("a2ensite"):
        work.machine.run("a2enmod", *_APACHE_MODULES)
        work.machine.run("a2ensite", "wompi-bridge")
    return work.machine.run("apachectl", "configtest")


def fill_in_gateway(work: Work) -> bool:
    """By the API, or by hand."""
    if work.dry:
        say(
            "   por la API si el rol lo permite; si no, a mano",
            "   by the API where the role allows it, else by hand",
        )
        return True
    done: list[bool] = []

    def ask(api: Api) -> None:
        for name in gateway.other_modules(api, work.settings):
            say(
                f"   En WHMCS está activa la pasarela «{name}», de otro módulo. Sus pagos no se tocan. Los avisos"
                " que la tienen como método de pago siguen con ella: cámbielos a Wompi, o desactívela y WHMCS pregunta"
                " a cuál pasarlos.",
                f"   The gateway '{name}' of another module is active in WHMCS. Its payments are left alone. Invoices"
                " with it as their method keep it: change them to Wompi, or deactivate it and WHMCS asks which"
                " gateway gets them.",
            )
        done.append(gateway.fill_in(api, work.settings))

    asking(work.settings, ask)
    if done == [True]:
        say("   activada y llena", "   active and filled in")
        return True
    if not work.changed and gateway_stands(work.settings):
        say("   WHMCS ya tiene los valores", "   WHMCS has the values already")
        if terms := work.settings.bridge_terms_url:  # of which nobody can prove that it was saved
            print(f"   {bilingual(*gateway.LABELS['termsUrl'])}:\n      {terms}")
        return True
    where = "Configuration (⚙) → System Settings → Payment Gateways → Wompi"
    say(
        f"   Actívela en WHMCS, y pegue allí estos valores, uno por uno: {where}",
        f"   Activate it in WHMCS, and paste these values there, one by one: {where}",
    )
    for number, (name, value) in enumerate(pasted := _to_paste(work), 1):
        print(f"   {bilingual(*gateway.LABELS[name])}:\n      {value}")
        if number < len(pasted):
            work.asks("¿Ya está pegado?", "Is it pasted?")
    work.asks("¿Ya los guardó en WHMCS?", "Have you saved them in WHMCS?")
    return True


def _to_paste(work: Work) -> list[tuple[str, str]]:
    """Each field that has a value; a script is not shown the secret, but where it stands."""
    found = {name: value for name, value in gateway.fields_of(work.settings).items() if value}
    if not work.shows_secrets:
        secret, settings = work.places.secrets / "BRIDGE_SECRET", work.places.settings_file
        found["bridgeSecret"] = f"sudo cat {secret}" if work.places.is_servers else f"grep BRIDGE_SECRET {settings}"
    return list(found.items())
