import { BcsType, bcs } from '@iota/bcs'

/**
 * A BCS vector of at most `most` elements. The library's own reader allocates for whatever length the bytes claim
 * before it reads one element, so a few bytes from outside could ask for gigabytes.
 */
export function boundedVector<T, I>(element: BcsType<T, I>, most: number) {
  const plain = bcs.vector(element)
  return new BcsType<T[], Iterable<I> & { length: number }>({
    name: `vector<${element.name}; ${most}>`,
    read: (reader) => {
      const length = reader.readULEB()
      if (length > most) throw new RangeError(`a vector of ${length} elements, at most ${most} are allowed`)
      const values: T[] = []
      for (let index = 0; index < length; index++) values.push(element.read(reader))
      return values
    },
    write: (value, writer) => {
      if (value.length > most) throw new RangeError(`a vector of ${value.length} elements, at most ${most} are allowed`)
      plain.write(value, writer)
    },
  })
}
