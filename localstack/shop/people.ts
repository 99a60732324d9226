import type { Random } from './random.ts';

/** Names from many places, with the apostrophes, hyphens and letters that a shop meets. */
const FIRST_NAMES =
  `Aaliyah Adam Agnieszka Ahmed Aiko Alejandro Amara Amelia Ana Anders Anjali Antoine Arjun Astrid Ayşe Ben Björn
Camille Carlos Chidi Chloé Clara Dafydd Daniel Darius Deepa Diego Dmitri Elena Elif Emma Emre Esther Fatima Femi Finn Freya Gabriel
Giulia Grace Hana Hannah Hassan Helga Henry Hiroshi Ines Ingrid Isaac Ivan Jamal Jin Joanna João José Julia Kaito Karim Katarzyna Kofi
Lakshmi Lars Layla Leo Lucía Lukas Maeve Magnus Mai Malik María Mateo Maya Mei Mia Miguel Mohammed Nadia Ngozi Nia Nikolai Nina Noah
Olga Oliver Omar Oskar Paolo Pedro Petra Priya Rafael Rania Ravi Rosa Ruth Sakura Sam Sanjay Sara Sean Silvia Siobhán Sofia Søren Tariq
Thandiwe Theo Thomas Tomás Uma Valentina Viktor Wei Willem Yara Yusuf Zainab Zoë`.split(/\s+/);
const LAST_NAMES =
  `Abdi Adeyemi Ahmed Alvarez Andersen Bakker Banerjee Becker Bianchi Brown Campbell Chen Clarke Costa D'Angelo
Da-Silva Dubois Eriksson Evans Fernández Fischer Garcia González Gupta Haddad Hansen Harris Hoffmann Ito Ivanova Jansen Jensen Johansson
Jones Kaur Khan Kim Kowalski Kumar Larsen Lee Lefèvre Lopez MacDonald Martin Mbeki Mehta Mensah Meyer Moreau Müller Murphy Nakamura
Nguyễn Nielsen Novák Nowak O'Brien O'Connor Okafor Olsen Osei Owusu Papadopoulos Park Patel Pérez Petrov Popescu Quinn Rahman Ramírez
Reyes Ricci Roberts Rossi Ryan Santos Sato Schmidt Schneider Shah Silva Singh Smith Svensson Tanaka Taylor Tran Van-Dijk Virtanen Wagner
Walker Wang Williams Wilson Wójcik Wright Yamamoto Yılmaz Zhang Zimmermann`.split(/\s+/);

export interface Person {
  readonly name: string;
  /** Under example.com (RFC 2606), unique by `number`. */
  readonly email: string;
}

export function inventPerson(random: Random, number: number): Person {
  const name = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  return { name, email: `${mailboxOf(name)}.${number}@example.com` };
}

/** Letters of the name without accents: `Siobhán O'Brien` -> `siobhan.obrien`. */
function mailboxOf(name: string): string {
  return name
    .replaceAll('ø', 'o')
    .replaceAll('ı', 'i')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(' ', '.')
    .replaceAll(/[^a-z.]/g, '');
}
