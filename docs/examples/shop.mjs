// A shop against `wompi-bridge sandbox`: GET / leads to the checkout, POST /events is where Wompi's events come in.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
const { WOMPI_API_URL, WOMPI_CHECKOUT_URL, WOMPI_PUBLIC_KEY, WOMPI_PRIVATE_KEY, WOMPI_INTEGRITY_SECRET, WOMPI_EVENTS_SECRET, PORT = '3000' } = process.env
const sha256 = (text) => createHash('sha256').update(text).digest('hex')

createServer(async (request, response) => {
  if (request.method === 'GET') { // a reference is for one checkout, and ends in a letter: nothing separates it from the amount
    const [reference, cents] = [`shop-${Date.now()}-x`, '5950000']
    const query = { 'public-key': WOMPI_PUBLIC_KEY, currency: 'COP', 'amount-in-cents': cents, reference, 'signature:integrity': sha256(reference + cents + 'COP' + WOMPI_INTEGRITY_SECRET) }
    return response.writeHead(303, { Location: `${WOMPI_CHECKOUT_URL}?${new URLSearchParams(query)}` }).end()
  }
  const event = JSON.parse(Buffer.concat(await request.toArray()))
  const signed = event.signature.properties.map((path) => path.split('.').reduce((value, key) => value[key], event.data))
  if (sha256(signed.join('') + event.timestamp + WOMPI_EVENTS_SECRET) !== event.signature.checksum) return response.writeHead(401).end()
  const answer = await fetch(`${WOMPI_API_URL}/transactions/${event.data.transaction.id}`, { headers: { Authorization: `Bearer ${WOMPI_PRIVATE_KEY}` } })
  const { data } = await answer.json() // the event is a hint: what is believed is what was read back
  console.log(`${data.reference} ${data.status} ${data.amount_in_cents}`)
  response.writeHead(200).end() // exactly 200: anything else is sent again
}).listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${PORT}/`))
