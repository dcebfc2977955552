// Plays every call of two npm clients that the bridge uses too, and prints each answer as a line of JSON.
const [modules, serverUrl, identifier, secret, invoice, client] = process.argv.slice(2)
const WHMCS = require(`${modules}/whmcs`)
const { Billing, Clients, Modules, System } = require(`${modules}/whmcs-js`)

const old = new WHMCS({ username: identifier, password: secret, serverUrl })
const config = { serverUrl, identifier, secret }
const [billing, clients, gateways, system] = [Billing, Clients, Modules, System].map((Kind) => new Kind(config))
const called = (play) => new Promise((resolve) => play((error, answer) => resolve(error ? { error: error.message } : answer)))
const payment = { invoiceid: invoice, transid: 'JS-1', gateway: 'wompi', date: '2026-11-21 10:04:05', amount: '100.00' }
const mail = { type: 'system', customsubject: 'Asunto', custommessage: 'Mensaje' }
const event = { notification_identifier: 'js', title: 'T', message: 'M' }

const calls = [
  ['whmcs', 'GetInvoice', () => called((done) => old.billing.getInvoice(invoice, done))],
  ['whmcs', 'GetInvoices', () => called((done) => old.billing.getInvoices({ userid: client }, done))],
  ['whmcs', 'GetClientsDetails', () => called((done) => old.customers.getCustomer(client, done))],
  ['whmcs', 'GetTransactions', () => called((done) => old.customers.getTransactions({ invoiceid: invoice }, done))],
  ['whmcs-js', 'GetInvoice', () => billing.getInvoice({ invoiceid: invoice })],
  ['whmcs-js', 'GetInvoices', () => billing.getInvoices({ userid: client })],
  ['whmcs-js', 'GetTransactions', () => billing.getTransactions({ invoiceid: invoice })],
  ['whmcs-js', 'AddInvoicePayment', () => billing.addInvoicePayment(payment)],
  ['whmcs-js', 'AddTransaction', () => billing.addTransaction({ paymentmethod: 'wompi', userid: client, transid: 'JS-2', amountin: '1.00', credit: true })],
  ['whmcs-js', 'GetClientsDetails', () => clients.getClientsDetails({ clientid: client })],
  ['whmcs-js', 'GetCurrencies', () => system.getCurrencies()],
  ['whmcs-js', 'GetPaymentMethods', () => system.getPaymentMethods()],
  ['whmcs-js', 'ActivateModule', () => gateways.activateModule({ moduleType: 'gateway', moduleName: 'paypal' })],
  ['whmcs-js', 'UpdateModuleConfiguration', () => gateways.updateModuleConfiguration({ moduleType: 'gateway', moduleName: 'wompi' })],
  ['whmcs-js', 'LogActivity', () => system.logActivity({ description: 'JS' })],
  ['whmcs-js', 'SendAdminEmail', () => system.sendAdminEmail(mail)],
  ['whmcs-js', 'TriggerNotificationEvent', () => system.triggerNotificationEvent(event)]
]

async function play () {
  for (const [name, action, ask] of calls) console.log(JSON.stringify({ client: name, action, answer: await ask() }))
}
play()
