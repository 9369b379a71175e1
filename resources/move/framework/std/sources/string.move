module std::string {
    /// Text in UTF-8.
    public struct String has copy, drop, store { bytes: vector<u8> }

    const EInvalidUTF8: u64 = 1;
    const EInvalidIndex: u64 = 2;

    public fun utf8(bytes: vector<u8>): String {
        assert!(internal_check_utf8(&bytes), EInvalidUTF8);
        String { bytes }
    }

    public fun as_bytes(s: &String): &vector<u8> { &s.bytes }
    public fun into_bytes(s: String): vector<u8> {
        let String { bytes } = s;
        bytes
    }
    public fun is_empty(s: &String): bool { s.bytes.is_empty() }
    public fun length(s: &String): u64 { s.bytes.length() }
    public fun append(s: &mut String, other: String) { s.bytes.append(other.bytes) }

    public fun substring(s: &String, i: u64, j: u64): String {
        let inside = j <= s.length() && i <= j;
        assert!(inside, EInvalidIndex);
        let bounded = internal_is_char_boundary(&s.bytes, i) && internal_is_char_boundary(&s.bytes, j);
        assert!(bounded, EInvalidIndex);
        String { bytes: internal_sub_string(&s.bytes, i, j) }
    }

    /// Where `other` begins; the length where it does not occur.
    public fun index_of(s: &String, other: &String): u64 { internal_index_of(&s.bytes, &other.bytes) }

    native fun internal_check_utf8(v: &vector<u8>): bool;
    native fun internal_is_char_boundary(v: &vector<u8>, i: u64): bool;
    native fun internal_sub_string(v: &vector<u8>, i: u64, j: u64): vector<u8>;
    native fun internal_index_of(v: &vector<u8>, r: &vector<u8>): u64;
}
