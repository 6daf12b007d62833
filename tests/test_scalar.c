#include "tests/compute_conformance.h"

int main(void)
{
    return run_compute_conformance(bc_scalar_engine());
}
