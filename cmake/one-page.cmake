# SPDX-License-Identifier: GPL-2.0-only
# cmake -DIMAGE=file -P one-page.cmake: fails if the file does not fit into one page.
file(SIZE ${IMAGE} size)
if(size GREATER 4096)
	file(REMOVE ${IMAGE})
	message(FATAL_ERROR "${IMAGE}: ${size} bytes do not fit into the vsyscall page of 4096")
endif()
