module std::type_name {
    use std::ascii::String;

    public struct TypeName has copy, drop, store { name: String }

    /// Addresses are those of a package's first version, in 64 digits without 0x.
    public native fun get_with_original_ids<T>(): TypeName;

    public fun borrow_string(self: &TypeName): &String { &self.name }
    public fun into_string(self: TypeName): String { self.name }
}
