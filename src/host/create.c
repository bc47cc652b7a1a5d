#include "launch.h"

#include "base/banned.h"

int host_create(
	const struct host_context *ctx, const struct host_create_request *request, struct err *err)
{
	_host_launch_ struct host_launch launch = HOST_LAUNCH_NONE;
	int r;

	r = host_launch(ctx, request, true, &launch, err);
	if (r < 0)
		return r;
	r = host_launch_commit(&launch, err);
	if (r < 0)
		return r;
	launch.init.pid = -1; /* it stays: a child of whoever adopts it when we are gone */
	return 0;
}
