"""The columns of the accountant's sheets, and the words in their cells."""

from __future__ import annotations

from whmcs_bridge.messages.language import Text

# Of booked payments
PAYMENTS = Text(
    "fecha;aviso;número impreso;n.º de cliente;cliente;transacción;referencia;medio;total;comisión estimada;"
    "IVA estimado;neto estimado;moneda;estado;registrado en WHMCS;comisión real;IVA real;retenciones;neto real",
    "date;invoice;printed number;client no.;client;transaction;reference;method;total;estimated fee;estimated IVA;"
    "estimated net;currency;state;booked in WHMCS;real fee;real IVA;withheld;real net",
)
TOTAL = Text("Total", "Total")
BOOKED = Text("Registrado", "Booked")
CREDIT = Text("Registrado como saldo a favor", "Booked as credit")
SECOND = Text("Registrado: segundo pago", "Booked: a second payment")

# Of a month's payouts
MONTH = Text(
    "fecha,transacción,referencia,aviso,medio,bruto,comisión,IVA comisión,retefuente,reteICA,reteIVA,impoconsumo,"
    "sin explicar,neto,desembolso,fecha del desembolso,texto en el banco",
    "date,transaction,reference,invoice,method,gross,commission,IVA on it,retefuente,reteICA,reteIVA,impoconsumo,"
    "unexplained,net,payout,date of the payout,text at the bank",
)
