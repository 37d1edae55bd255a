docker run --name test-data -it alpine:latest sh
echo "중요한 데이터" > /tmp/important.txt
touch /var/log/app.log
exit
docker start -i test-data
cat /tmp/important.txt
cat /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp
ls /var/log
exit
