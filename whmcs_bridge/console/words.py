"""What an admin reads in the console, in Spanish and in English; steps, sentences and checks bring their own words."""

from __future__ import annotations

from typing import Final

from whmcs_bridge.console.settlement_words import SETTLEMENT_WORDS
from whmcs_bridge.messages import Language, Text

_WORDS: Final[dict[str, Text]] = {
    **SETTLEMENT_WORDS,
    # The frame
    "nav": Text("Consola de Wompi", "Wompi console"),
    "nav.today": Text("Hoy", "Today"),
    "nav.payments": Text("Pagos", "Payments"),
    "nav.review": Text("Por resolver", "Review"),
    "nav.trying": Text("Intentan pagar", "Trying to pay"),
    "nav.settlements": Text("Desembolsos", "Settlements"),
    "nav.health": Text("Salud", "Health"),
    "testing": Text("Llaves de prueba: nada de esto es dinero real.", "Test keys: nothing of this is real money."),
    "never": Text("nunca", "never"),
    "colombian_time": Text("Hora de Colombia.", "Colombian time."),
    "payments_count": Text("{count} pagos", "{count} payments"),
    "payments_one": Text("1 pago", "1 payment"),
    "invoice": Text("Aviso de cobro {number}", "Invoice {number}"),
    "client": Text("Cliente {number}", "Client {number}"),
    "no_invoice": Text("Sin aviso conocido", "No invoice known"),
    "no_amount": Text("Valor aún no leído", "Amount not read yet"),
    "date": Text("Fecha", "Date"),
    "state": Text("Estado", "State"),
    "amount": Text("Valor", "Amount"),
    "method": Text("Medio", "Method"),
    "invoice_head": Text("Aviso", "Invoice"),
    "client_head": Text("Cliente", "Client"),
    "transaction": Text("Transacción", "Transaction"),
    "reference": Text("Referencia", "Reference"),
    "status": Text("Estado en Wompi", "Status at Wompi"),
    "events": Text("Eventos guardados", "Events kept"),
    "count": Text("Pagos", "Payments"),
    "trail": Text("Rastro", "Trail"),
    "trail.of": Text("Ver el rastro de {number}", "See the trail of {number}"),
    "times": Text("{count} veces", "{count} times"),
    # Today
    "today.received": Text("Recibido", "Received"),
    "today.today": Text("Hoy", "Today"),
    "today.week": Text("Esta semana", "This week"),
    "today.month": Text("Este mes", "This month"),
    "today.before": Text(
        "El mes pasado, hasta el mismo día: {amount}. En todo el mes: {whole}.",
        "Last month, up to the same day: {amount}. In all of it: {whole}.",
    ),
    "today.more": Text("{percent} % más que el mes pasado a esta fecha.", "{percent} % more than last month by now."),
    "today.less": Text("{percent} % menos que el mes pasado a esta fecha.", "{percent} % less than last month by now."),
    "today.same": Text("Igual que el mes pasado a esta fecha.", "The same as last month by now."),
    "today.chart": Text("Recibido por día, últimos {count} días", "Received by day, the last {count} days"),
    "today.chart_words": Text(
        "Gráfico de barras. El día con más: {day}, {amount}. La tabla de abajo tiene los mismos valores.",
        "Bar chart. The day with most: {day}, {amount}. The table below has the same values.",
    ),
    "today.chart_none": Text("En estos días no se recibió nada.", "Nothing was received in these days."),
    "today.table": Text("Ver los valores en una tabla", "See the values in a table"),
    "today.day": Text("Día", "Day"),
    "today.methods": Text("Este mes, por medio de pago", "This month, by method"),
    "today.month_before": Text("Mes pasado, a esta fecha", "Last month, by now"),
    "today.none": Text("Todavía no hay pagos este mes ni el anterior.", "No payments this month or the last yet."),
    "today.waiting": Text("Esperan a una persona", "Waiting for a person"),
    "today.waiting_none": Text("Nada espera a una persona.", "Nothing waits for a person."),
    "today.waiting_all": Text("Resolver ({count})", "Settle ({count})"),
    "today.under_way": Text("En curso", "Under way"),
    "today.under_way_none": Text("Nada está en curso.", "Nothing is under way."),
    "today.due": Text("{count} por mirar en Wompi", "{count} to be looked at, at Wompi"),
    "today.in_doubt": Text(
        "{count} registrándose: WHMCS no lo ha confirmado", "{count} being booked: WHMCS has not confirmed it"
    ),
    "today.well": Text("¿Está todo bien?", "Is everything well?"),
    "today.alarm": Text("Alarma desde el {moment}:", "Alarm since {moment}:"),
    "today.no_alarm": Text("No hay alarmas.", "There are no alarms."),
    "today.examined": Text("Última revisión completa: {moment}.", "Last full check: {moment}."),
    "today.never_examined": Text("Aún no se ha hecho una revisión completa.", "No full check has been made yet."),
    "today.all_green": Text("Todo en orden.", "All in order."),
    "today.examine": Text("Ver la salud", "See the health"),
    # Payments
    "payments.search": Text("Buscar pagos", "Search payments"),
    "payments.q": Text("Buscar", "Search"),
    "payments.q_help": Text(
        "Aviso (su número o el impreso), cliente, transacción, referencia o valor.",
        "Invoice (its number or the printed one), client, transaction, reference or amount.",
    ),
    "payments.any": Text("Todos", "All"),
    "payments.since": Text("Desde", "From"),
    "payments.until": Text("Hasta", "To"),
    "payments.go": Text("Buscar", "Search"),
    "payments.clear": Text("Quitar filtros", "Clear filters"),
    "payments.problem": Text(
        "Revise las fechas: van como 2026-11-21, y la primera no es posterior a la última.",
        "Look at the dates: they are written like 2026-11-21, and the first is not after the last.",
    ),
    "payments.none": Text("No se encontró ningún pago.", "No payment was found."),
    "payments.found": Text("Pagos encontrados: {count}", "Payments found: {count}"),
    "payments.full": Text(
        "Se muestran los {count} más nuevos; nombre algo más, o un día.",
        "The newest {count} are shown; name something more, or a day.",
    ),
    "payments.booked": Text("Registrado en WHMCS: {amount}", "Booked in WHMCS: {amount}"),
    "payments.sheet": Text("Hoja para el contador", "The accountant's sheet"),
    "payments.sheet_help": Text(
        "Cada pago registrado, con aviso, cliente y total. La comisión es estimada, y real donde hay reporte de Wompi.",
        "Each booked payment, with invoice, client and total. The fee is estimated, and real where Wompi reported it.",
    ),
    "payments.month": Text("Mes", "Month"),
    "payments.download": Text("Descargar", "Download"),
    "state.due": Text("En espera", "Waiting"),
    "state.posting": Text("Registrándose", "Being booked"),
    "state.posted": Text("Registrados", "Booked"),
    "state.closed": Text("Sin dinero", "No money"),
    "state.review": Text("Esperan a una persona", "Waiting for a person"),
    # Trail
    "trail.title": Text("Rastro de {name}", "Trail of {name}"),
    "trail.none": Text("Nadie ha intentado pagarlo.", "Nobody has tried to pay it."),
    "trail.more": Text("Se muestran los últimos {count}.", "The last {count} are shown."),
    "trail.steps": Text("Pasos, del primero al último", "Steps, from the first to the last"),
    "trail.send": Text("Enviar un enlace de pago", "Send a pay link"),
    # Review
    "review.title": Text("Pagos que esperan a una persona", "Payments that wait for a person"),
    "review.lead": Text(
        "El puente no adivina: decida qué hacer con cada uno. Oprimir dos veces no registra nada dos veces.",
        "The bridge does not guess: decide what to do with each. To press twice books nothing twice.",
    ),
    "review.lead_command": Text(
        "El puente no adivina. Ejecute la orden de cada pago en el servidor del puente, con su motivo entre comillas."
        " Repetirla no registra nada dos veces.",
        "The bridge does not guess. Run the command of each on the bridge's server, with your reason between the"
        " quotes. To repeat it books nothing twice.",
    ),
    "review.none": Text(
        "Nada espera a una persona. El puente registra los pagos por su cuenta; si alguno necesita una decisión,"
        " aparecerá aquí.",
        "Nothing waits for a person. The bridge books payments by itself; if one needs a decision, it will appear"
        " here.",
    ),
    "review.more": Text("Hay {count} en total; aquí, {shown}.", "{count} in all; here, {shown}."),
    "review.since": Text("Desde el {moment}", "Since {moment}"),
    "review.settle": Text("Resolver", "Settle"),
    "review.settle_of": Text("Resolver {number}", "Settle {number}"),
    "review.reason": Text("Motivo (queda en el rastro, con su nombre)", "Reason (kept in the trail, with your name)"),
    "review.which": Text("Aviso al que va lo que falta", "Invoice to which the rest goes"),
    "review.book": Text("Registrar en su aviso", "Book it to its invoice"),
    "review.book_owner": Text(
        "Registrar en su aviso, que ahora es del cliente {number}",
        "Book it to its invoice, which is client {number}'s now",
    ),
    "review.credit": Text("Dejar como saldo a favor del cliente", "Book it as the client's credit"),
    "review.record_void": Text("Apuntar en WHMCS que se devolvió", "Record in WHMCS that it went back"),
    "review.dismiss": Text("Dejarlo así, sin registrar nada", "Leave it, book nothing"),
    "review.usual": Text("lo usual", "usual"),
    "review.forbidden": Text(
        "Su rol no puede mover dinero: pídale a un administrador con el permiso «Add Transaction» que lo resuelva.",
        "Your role may not move money: ask an admin with the permission “Add Transaction” to settle it.",
    ),
    "press.done": Text("Hecho.", "Done."),
    "press.still": Text(
        "No se pudo hacer, y sigue esperando. El último paso del rastro dice por qué.",
        "It could not be done, and still waits. The trail's last step says why.",
    ),
    "press.late": Text(
        "No se hizo nada: ya no espera a una persona, o alguien lo está resolviendo en este momento.",
        "Nothing was done: it no longer waits for a person, or somebody is settling it at this moment.",
    ),
    "press.changed": Text(
        "No se hizo nada: el pago cambió desde que usted abrió la página. Léalo de nuevo.",
        "Nothing was done: the payment has changed since you opened the page. Read it again.",
    ),
    "press.no_reason": Text("No se hizo nada: falta el motivo.", "Nothing was done: the reason is missing."),
    "press.no_invoice": Text(
        "No se hizo nada: diga a qué aviso va lo que falta.", "Nothing was done: say to which invoice the rest goes."
    ),
    "press.forbidden": Text(
        "No se hizo nada: su rol no puede mover dinero.", "Nothing was done: your role may not move money."
    ),
    "press.now": Text("Así está ahora el pago de {amount}:", "The payment of {amount} stands like this now:"),
    "press.last": Text("Última orden de una persona, el {moment}: {who}", "A person's last order, {moment}: {who}"),
    # Trying to pay
    "today.told_one": Text(
        "Un pagador dio el número de un pago que no se encontró: véalo.",
        "One payer told the number of a payment that was not found: see it.",
    ),
    "today.told": Text(
        "Hay {count} números de pagos que dieron los pagadores y no se encontraron: véalos.",
        "There are {count} numbers of payments that payers told and that were not found: see them.",
    ),
    "told.title": Text("Dicen que ya pagaron", "Say that they have paid"),
    "told.lead": Text(
        "Dieron este número en «Ya pagué», y no es de un pago conocido. Búsquelo en el panel de Wompi; si ahí está, el"
        " puente lo registrará al conciliar. Si no, pregunte al cliente a quién pagó.",
        "They told this number under “I have already paid”, and it is of no known payment. Look for it in Wompi's"
        " dashboard; if it is there, the bridge records it when it reconciles. If not, ask the client whom they paid.",
    ),
    "told.number": Text("Número", "Number"),
    "told.at": Text("Lo dijo el", "Told on"),
    "trying.title": Text("Intentaron pagar y no pudieron", "Tried to pay, and could not"),
    "trying.lead": Text(
        "Avisos con un intento en los últimos días y sin pago aprobado ni en curso. Una llamada a tiempo cobra más que"
        " un recordatorio.",
        "Invoices with an attempt in the last days, without a payment approved or under way. A call in time collects"
        " more than a reminder.",
    ),
    "trying.days": Text("Últimos {count} días", "The last {count} days"),
    "trying.range": Text("Periodo", "Period"),
    "trying.none": Text("Nadie se quedó sin pagar en estos días.", "Nobody was left without paying in these days."),
    "trying.full": Text("Se muestran los {count} más recientes.", "The {count} most recent are shown."),
    "trying.last": Text("Último intento", "Last attempt"),
    "trying.clicks": Text("Clics", "Clicks"),
    "trying.failed": Text("Rechazos", "Refusals"),
    "trying.what": Text("Qué pasó y qué aconsejar", "What happened, and what to advise"),
    "trying.declined": Text("Rechazado", "Declined"),
    "trying.error": Text("Falló en Wompi", "Failed at Wompi"),
    "trying.left": Text("Abandonó el pago", "Gave up"),
    "trying.left_advice": Text(
        "Fue a Wompi y no terminó de pagar. Envíele el enlace y pregunte si tuvo algún problema.",
        "Went to Wompi and did not finish. Send the link, and ask whether there was a problem.",
    ),
    "trying.send": Text("Enviar enlace", "Send link"),
    "trying.send_of": Text("Enviar el enlace del aviso {number}", "Send the link of invoice {number}"),
    # Send
    "send.title": Text("Enlace de pago del aviso {number}", "Pay link of invoice {number}"),
    "send.lead": Text(
        "Por {amount}. Sirve hasta el {moment}, sin iniciar sesión, y no muestra datos personales. Está en el idioma"
        " del pagador.",
        "Over {amount}. Good until {moment}, without signing in, and it shows nothing personal. It is in the payer's"
        " language.",
    ),
    "send.link": Text("El enlace", "The link"),
    "send.all": Text("Todo lo que debe: {count} avisos", "All that is owed: {count} invoices"),
    "send.all_lead": Text(
        "Este enlace lleva a la lista: el cliente elige cuáles y los paga juntos. Tampoco muestra datos personales.",
        "This link leads to the list: the client chooses some and pays them together. Nothing personal is on it.",
    ),
    "send.mail": Text("Texto para el correo", "Text for the e-mail"),
    "send.subject": Text("Asunto", "Subject"),
    "send.body": Text("Mensaje", "Message"),
    "send.whatsapp": Text("Texto para WhatsApp", "Text for WhatsApp"),
    "send.whatsapp_open": Text("Abrir en WhatsApp", "Open in WhatsApp"),
    "send.qr": Text("Código QR", "QR code"),
    "send.qr_words": Text(
        "Código QR del enlace: imprímalo o péguelo en un mensaje.",
        "QR code of the link: print it, or put it into a message.",
    ),
    "send.back": Text("Volver", "Back"),
    "send.gone": Text("WHMCS no tiene ese aviso de cobro.", "WHMCS has no such invoice."),
    "send.paid": Text(
        "Ya no hay nada que pagar en ese aviso ({word}).", "There is nothing to pay on that invoice any more ({word})."
    ),
    "send.status": Text(
        "Ese aviso no recibe pagos: su estado en WHMCS es {word}.",
        "That invoice takes no payment: its status in WHMCS is {word}.",
    ),
    "send.silent": Text(
        "WHMCS no respondió a la pregunta por el aviso; intente de nuevo. ({word})",
        "WHMCS did not answer about the invoice; try again. ({word})",
    ),
    # Health
    "health.title": Text("Salud del puente", "The bridge's health"),
    "health.keys": Text("Llaves de Wompi", "Wompi's keys"),
    "health.test": Text("De prueba: nada es dinero real", "Test: nothing is real money"),
    "health.prod": Text("De producción", "Production"),
    "health.event": Text("Último evento de Wompi", "Wompi's last event"),
    "health.payment": Text("Último pago conocido", "Last payment known"),
    "health.worker": Text("El registro de los pagos", "The booking of payments"),
    "health.worker_lives": Text("En marcha", "Running"),
    "health.worker_silent": Text(
        "No da señales: los pagos esperan y no se pierden. Reinicie el puente.",
        "Gives no sign: payments wait and are not lost. Restart the bridge.",
    ),
    "health.version": Text("Versión del puente", "The bridge's version"),
    "health.files": Text("Archivos en WHMCS", "Files in WHMCS"),
    "health.files_fit": Text("Son los de esta versión", "They are this version's"),
    "health.files_other": Text(
        "{count} no son de esta versión: ejecute wompi-bridge hooks install. Por ejemplo: {name}",
        "{count} are not this version's: run wompi-bridge hooks install. For example: {name}",
    ),
    "health.files_unknown": Text("No se pudo saber", "Could not be told"),
    "health.whmcs": Text("WHMCS y PHP", "WHMCS and PHP"),
    "health.check": Text("Revisión completa", "Full check"),
    "health.lead": Text(
        "Recorre todo el camino, de Wompi a WHMCS, y dice cómo corregir lo que falle. Tarda unos segundos.",
        "Goes the whole road, from Wompi to WHMCS, and says how to mend what fails. It takes some seconds.",
    ),
    "health.run": Text("Revisar ahora", "Check now"),
    "health.running": Text(
        "Revisando desde el {moment}: {count} cosas hasta ahora. La página se actualiza sola.",
        "Checking since {moment}: {count} things so far. The page looks again by itself.",
    ),
    "health.look": Text("Ver cómo va", "See how it goes"),
    "health.broken": Text(
        "La última revisión no terminó. Hágala de nuevo.", "The last check did not end. Make it again."
    ),
    "health.when": Text(
        "Hecha el {moment} por {who}: {bad} por corregir, {doubtful} por mirar, {good} en orden.",
        "Made {moment} by {who}: {bad} to mend, {doubtful} to look at, {good} in order.",
    ),
    "health.terminal": Text("la terminal", "the terminal"),
    "health.never": Text("Aún no se ha hecho ninguna.", "None has been made yet."),
    "health.fail": Text("Por corregir", "To mend"),
    "health.warn": Text("Por mirar", "To look at"),
    "health.ok": Text("En orden", "In order"),
    # In place of a page
    "refusal.title": Text("No se puede mostrar", "Cannot be shown"),
    "refusal.not_here": Text("Esa página no existe.", "There is no such page."),
    "refusal.no_database": Text(
        "El puente no puede usar su base de datos ahora. Los pagos no se pierden: Wompi avisa otra vez. Intente en un"
        " momento.",
        "The bridge cannot use its database now. Payments are not lost: Wompi tells again. Try in a moment.",
    ),
    "refusal.no_trail": Text(
        "No se sabe nada de eso: ni transacción, ni referencia, ni aviso con ese número.",
        "Nothing is known of that: no transaction, reference or invoice of that number.",
    ),
    "refusal.which_days": Text("Elija un mes, o dos fechas válidas.", "Choose a month, or two valid dates."),
    "refusal.long_sheet": Text(
        "La hoja de ese mes es muy larga para una página. En el servidor del puente: wompi-bridge settlements show"
        " --month AAAA-MM --csv",
        "The sheet of that month is too long for a page. On the bridge's server: wompi-bridge settlements show --month"
        " YYYY-MM --csv",
    ),
    "refusal.which_invoice": Text("Falta el número del aviso.", "The invoice's number is missing."),
    # What WHMCS goes on to show without the bridge
    "known.today": Text("Recibido hoy: {amount} · pagos: {count}", "Received today: {amount} · payments: {count}"),
    "known.month": Text(
        "Recibido este mes: {amount} · pagos: {count}", "Received this month: {amount} · payments: {count}"
    ),
    "known.waiting": Text("Esperan a una persona: {count}", "Waiting for a person: {count}"),
}


def word(language: Language, key: str, **values: object) -> str:
    """The words of ``key``, with their placeholders filled."""
    return _WORDS[key].in_(language).format(**values)
