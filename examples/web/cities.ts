import { sleep } from 'greenhub';
import type { HttpServerRequest, HttpServerResponse } from 'greenhub/net';

const cities =
  `Accra, Addis Ababa, Algiers, Amman, Amsterdam, Ankara, Antananarivo, Asunción, Athens, Baghdad, Baku, Bamako, Bangkok,
  Barcelona, Beirut, Belgrade, Berlin, Bern, Bogotá, Bordeaux, Bratislava, Brisbane, Brussels, Bucharest, Budapest, Buenos Aires,
  Cairo, Canberra, Caracas, Casablanca, Chicago, Chişinău, Cologne, Colombo, Copenhagen, Córdoba, Dakar, Damascus, Delhi, Dhaka,
  Doha, Dublin, Edinburgh, Florence, Geneva, Ghent, Glasgow, Hamburg, Hanoi, Harare, Havana, Helsinki, Istanbul, Jakarta,
  Jerusalem, Kabul, Kampala, Kathmandu, Kingston, Kraków, Kyiv, Kyoto, La Paz, Lagos, Lima, Lisbon, Ljubljana, London, Luanda,
  Lusaka, Lyon, Madrid, Manila, Maputo, Marseille, Melbourne, Mexico City, Milan, Minsk, Montevideo, Montreal, Mumbai, Munich,
  Nairobi, Naples, New York, Nicosia, Oslo, Ottawa, Panama City, Paris, Porto, Prague, Quito, Rabat, Reykjavík, Riga,
  Rio de Janeiro, Rome, San José, Santiago, São Paulo, Sarajevo, Seoul, Seville, Singapore, Skopje, Sofia, Stockholm, Sydney,
  Taipei, Tallinn, Tbilisi, Tehran, Tokyo, Toronto, Tunis, Turin, Ulaanbaatar, Valencia, Vancouver, Venice, Vienna, Vilnius,
  Warsaw, Wellington, Zagreb, Zürich`.split(/,\s+/);

/**
 * Answers with the cities whose names contain a text. It is slow on purpose, and slowest for a short text: without cancellation, the
 * answer for "b" would come after that for "be", and replace it.
 */
export function* searchCities(request: HttpServerRequest, response: HttpServerResponse) {
  const asked = plain(new URL(request.url ?? '/', 'http://localhost').searchParams.get('q') ?? '');
  // Ends early, by a kill, when the page gives up.
  yield* sleep(300 + 900 / Math.max(1, asked.length));
  const found = cities.filter((city) => plain(city).includes(asked));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
}

/** In small letters, without accents. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase();
}
