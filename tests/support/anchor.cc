// Keeps the library non-empty when no other support file is compiled in.
namespace pontage::test {
int support_anchor = 0;
}
