docker run --name test-data -it alpine:latest sh
echo "중요한 데이터" > /tmp/important.txt
exit
docker start -i test-data
cat /tmp/important.txt
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp
exit
