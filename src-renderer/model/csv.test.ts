import { expect, test } from 'vitest'
import { csvRows } from './csv.ts'

test('records of a CSV text are counted with line breaks inside their fields', () => {
  expect(csvRows('a,b\r\n1,"x\r\ny"\r\n2,"say ""hi"""\r\n')).toBe(2)
  expect(csvRows('a,b\r\n')).toBe(0)
})
