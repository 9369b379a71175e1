import type { Messages } from './en.ts'

export const addressProblem: Messages['addressProblem'] = {
  prefix: 'Eine Adresse beginnt mit 0x.',
  letters: 'Eine Adresse hat nur die Ziffern 0 bis 9 und die Buchstaben a bis f.',
  length: 'Eine Adresse hat 64 Stellen nach 0x. Es fehlen welche, oder es sind zu viele.',
  checksum: 'Diese Adresse hat einen Tippfehler: Die Prüfsumme stimmt nicht.',
}

export const errors: Messages['errors'] = {
  invalid_params: 'Mit dieser Eingabe kann Parley nichts anfangen. Prüfe sie und versuche es erneut.',
  no_identity: 'Auf diesem Gerät gibt es noch keine Identität.',
  not_a_contact: 'Nur Kontakte können einander schreiben, und diese Person ist keiner oder keiner mehr.',
  bad_address: 'Das ist keine gültige Adresse.',
  insufficient_funds: 'Dein Guthaben reicht nicht für den Betrag und die Gebühr.',
  ledger_unreachable: 'Das Ledger ist gerade nicht erreichbar.',
  offline: 'Gerade besteht keine Verbindung.',
  payment_required: 'Das kostet eine Gebühr, der du noch nicht zugestimmt hast. Erlaube es in den Einstellungen.',
  rate_limited: 'Das war zu oft. Warte einen Moment und versuche es erneut.',
  too_large: 'Das ist zu groß zum Senden.',
  not_found: 'Das gibt es nicht mehr.',
  locked: 'Parley ist gesperrt. Entsperre es zuerst.',
  wrong_passphrase: 'Die Passphrase stimmt nicht. Versuche es erneut.',
  unsupported_version: 'Dafür braucht es eine neuere Version von Parley.',
  conflict: 'Etwas anderes benutzt das schon. Schließe andere Fenster von Parley und versuche es erneut.',
  unauthorized: 'Das darfst du nicht.',
  bad_signature: 'Eine Signatur stimmt nicht. Nichts wurde angenommen.',
  revoked: 'Dieses Gerät wurde von seiner Adresse entfernt. Es kann hier nicht mehr senden und empfangen.',
  expired: 'Das ist abgelaufen. Bitte um etwas Neues.',
  not_supported: 'Das geht hier nicht.',
  storage_full: 'Die Festplatte ist voll. Schaffe Platz und versuche es erneut.',
  storage_damaged:
    'Die Daten dieses Profils sind beschädigt. Nichts wurde verändert. Stelle sie aus einer Sicherung oder mit deiner Phrase wieder her.',
  timeout: 'Parley hat nicht rechtzeitig geantwortet. Versuche es erneut.',
  internal: 'In Parley ist etwas schiefgegangen. Versuche es erneut.',
}
