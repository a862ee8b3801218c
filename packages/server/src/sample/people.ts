/** Names for sample data: from many places, some long, some with marks that careless code breaks on. */
export const givenNames = [
  'Ada',
  'Amara',
  'Anselm',
  'Aoife',
  'Bashir',
  'Beatriz',
  'Bogdan',
  'Chiara',
  'Chukwuemeka',
  'Dilnoza',
  'Edmund',
  'Elif',
  'Esperanza',
  'Farid',
  'Femke',
  'Giorgos',
  'Hana',
  'Hyun-woo',
  'Ibrahim',
  'Ingrid',
  'Ivo',
  'Jadwiga',
  'João',
  'Kaito',
  'Katarzyna',
  'Keola',
  'Leilani',
  'Linnéa',
  'Luca',
  'Mahnoor',
  'Maja',
  'Mateo',
  'Minh',
  'Nadia',
  'Nils',
  'Noor',
  'Olumide',
  'Oren',
  'Paloma',
  'Priya',
  'Quentin',
  'Rania',
  'Renske',
  'Ruta',
  'Samir',
  'Saoirse',
  'Tariq',
  'Thandiwe',
  'Ulla',
  'Viktor',
  'Wen',
  'Ximena',
  'Yara',
  'Zoltán',
] as const;

export const familyNames = [
  'Abebe',
  'Almeida',
  'Andersson',
  'Bakker',
  'Banerjee',
  'Bianchi',
  'Castillo',
  'Çelik',
  'Chen',
  'Dlamini',
  'Dubois',
  'Eriksen',
  'Farouk',
  'Fitzgerald',
  'García Fernández',
  'Haddad',
  'Hoffmann',
  'Ivanova',
  'Jansen',
  'Kamau',
  'Kim',
  'Kowalczyk',
  'Lindqvist',
  'Mbeki',
  'Moreau',
  'Nakamura',
  'Nguyen',
  'Novák',
  "O'Sullivan",
  'Okafor',
  'Papadopoulos',
  'Pereira',
  'Quispe',
  'Rahman',
  'Rossi',
  'Sato',
  'Schneider',
  'Silva',
  'Tanaka',
  'Tamm',
  'Ustinov',
  'Van den Berg',
  'Wójcik',
  'Yılmaz',
  'Zhang',
] as const;

export const workspaceSeeds = [
  {
    slug: 'northwind-foods',
    name: 'Northwind Foods',
    description: 'Wholesale of dry goods to restaurants and canteens.',
    groups: ['Sales', 'Warehouse', 'Finance'],
  },
  {
    slug: 'lumen-optics',
    name: 'Lumen Optics',
    description: 'Lenses and frames, made to order.',
    groups: ['Workshop', 'Customer care'],
  },
  {
    slug: 'harbour-books',
    name: 'Harbour Books',
    description: 'An independent bookseller with three shops.',
    groups: ['Shops', 'Online', 'Events'],
  },
] as const;

/** A repeatable random number generator (mulberry32): the same house every time. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An e-mail address made of a name. */
export function emailOf(name: string, host: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').replace(/ı/g, 'i').toLowerCase();
  return `${plain.replace(/[^a-z]+/g, '.').replace(/^\.|\.$/g, '')}@${host}`;
}
