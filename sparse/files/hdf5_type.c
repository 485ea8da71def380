/* The types of HDF5 values that are known to be harmless. */
#include "hdf5_file.h"

/* HDF5 1.10 has no IEEE half of its own. */
static hid_t half_type(bool big_endian) {
  const hid_t type = H5Tcopy(big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

static bool is_half(hid_t type, tacet_number *number) {
  for (int big_endian = 0; big_endian < 2; big_endian++) {
    const hid_t half = half_type(big_endian);
    const bool same = H5Tequal(type, half) > 0;
    tacet_hdf5_release(half);
    if (!same) continue;
    *number = (tacet_number){TACET_FLOAT, 2, big_endian, 5};
    return true;
  }
  return false;
}

bool tacet_hdf5_number(hid_t type, tacet_number *number) {
  const struct {
    hid_t little, big;
    tacet_number number;
  } known[] = {
      {H5T_STD_U8LE, H5T_STD_U8BE, {TACET_UNSIGNED, 1, false, 0}},
      {H5T_STD_I8LE, H5T_STD_I8BE, {TACET_SIGNED, 1, false, 0}},
      {H5T_STD_U16LE, H5T_STD_U16BE, {TACET_UNSIGNED, 2, false, 0}},
      {H5T_STD_I16LE, H5T_STD_I16BE, {TACET_SIGNED, 2, false, 0}},
      {H5T_STD_U32LE, H5T_STD_U32BE, {TACET_UNSIGNED, 4, false, 0}},
      {H5T_STD_I32LE, H5T_STD_I32BE, {TACET_SIGNED, 4, false, 0}},
      {H5T_STD_U64LE, H5T_STD_U64BE, {TACET_UNSIGNED, 8, false, 0}},
      {H5T_STD_I64LE, H5T_STD_I64BE, {TACET_SIGNED, 8, false, 0}},
      {H5T_IEEE_F32LE, H5T_IEEE_F32BE, {TACET_FLOAT, 4, false, 8}},
      {H5T_IEEE_F64LE, H5T_IEEE_F64BE, {TACET_FLOAT, 8, false, 11}},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const bool big_endian = H5Tequal(type, known[i].big) > 0;
    if (!big_endian && H5Tequal(type, known[i].little) <= 0) continue;
    *number = known[i].number;
    number->big_endian = big_endian;
    return true;
  }
  return is_half(type, number);
}

/* Two members, exactly one of them zero. */
bool tacet_hdf5_boolean(hid_t type, tacet_number *number) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2)
    return false;
  const hid_t super = H5Tget_super(type);
  const bool known = tacet_hdf5_number(super, number) &&
                     number->kind != TACET_FLOAT &&
                     H5Tget_size(type) == (size_t)number->bytes;
  tacet_hdf5_release(super);
  if (!known) return false;
  uint64_t member[2] = {0, 0};
  for (unsigned i = 0; i < 2; i++)
    if (H5Tget_member_value(type, i, &member[i]) < 0) return false;
  return (member[0] == 0) != (member[1] == 0);
}

const char *tacet_hdf5_class(hid_t type) {
  switch (H5Tget_class(type)) {
  case H5T_INTEGER: return "an integer of unusual width";
  case H5T_FLOAT: return "a float that is not IEEE half, single or double";
  case H5T_ENUM: return "an enumeration that is not boolean";
  case H5T_STRING: return "a string";
  case H5T_COMPOUND: return "a compound";
  case H5T_BITFIELD: return "a bitfield";
  case H5T_OPAQUE: return "opaque";
  case H5T_REFERENCE: return "a reference";
  case H5T_ARRAY: return "an array";
  case H5T_VLEN: return "of variable length";
  default: return "unknown";
  }
}
